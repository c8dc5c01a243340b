import { readFileSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { findBrowser } from "../find-browser.js";

/** Debian's Chromium, or Chrome; where reference data are required, so is this. */
export const browserPath = findBrowser();
if (!browserPath && process.env.FOVEA_REQUIRE_DATA) {
  throw new Error("browser tests: expected chromium, got none");
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath!, args: ["--no-sandbox", "--disable-gpu"] });
}

/** Lines of the console, errors of the page, and requests that leave its address: all must be none. */
export function faultsOf(page: Page, address: string): string[] {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !/^(blob|data):/.test(url)) faults.push(`request of ${url}`);
  });
  return faults;
}

const axe = readFileSync(
  new URL("../../node_modules/axe-core/axe.min.js", import.meta.url),
  "utf8",
);

/**
 * What axe-core finds serious or critical on the page as it stands.
 *
 * @param only a rule, where the others were checked in other colours
 */
export async function accessibilityFaults(page: Page, only?: "color-contrast"): Promise<string[]> {
  await page.evaluate(axe);
  const options = { resultTypes: ["violations"], ...(only !== undefined && { runOnly: [only] }) };
  return page.evaluate(async (options) => {
    const { violations } = await (globalThis as unknown as AxeWindow).axe.run(options);
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  }, options);
}

interface AxeWindow {
  readonly axe: {
    run(options: object): Promise<{
      readonly violations: readonly {
        readonly id: string;
        readonly impact: string;
        readonly nodes: readonly { readonly html: string }[];
      }[];
    }>;
  };
}

export interface OpenPage {
  readonly page: Page;
  /** See {@link faultsOf}. */
  readonly faults: readonly string[];
}

/** Opens an address in a fresh profile. */
export async function openPage(
  browser: Browser,
  address: string,
  options: { readonly colorScheme?: "light" | "dark"; readonly width?: number } = {},
): Promise<OpenPage> {
  const { colorScheme = "light", width = 1280 } = options;
  const context = await browser.newContext({
    colorScheme,
    reducedMotion: "reduce",
    viewport: { width, height: 900 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults = faultsOf(page, new URL(address).origin);
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return { page, faults };
}
