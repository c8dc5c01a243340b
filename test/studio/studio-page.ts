import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { findBrowser } from "../find-browser.js";

const path = findBrowser();

/** Whether there is a browser; without one, tests that need it are skipped, or fail where they must run. */
export const hasBrowser = path !== undefined;
if (!hasBrowser && process.env.FOVEA_REQUIRE_DATA) {
  throw new Error("browser tests: expected chromium, got none");
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: path!, args: ["--no-sandbox", "--disable-gpu"] });
}

export interface OpenPage {
  readonly page: Page;
  /** What the console and the page said that is wrong. */
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
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return { page, faults };
}

/** What axe-core finds serious or critical. */
export async function axeFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}
