import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Studio, serveStudio } from "../../src/studio-server/serve.js";
import {
  accessibilityFaults,
  browserPath,
  launchBrowser,
  type OpenPage,
  openPage,
} from "./open-studio.js";

let folder: string;
let studio: Studio;
let browser: Browser;
let opened: OpenPage | undefined;

/** Opens a step of a tour, or the list of them. */
async function openTour(tour?: string, step = 1, width?: number): Promise<Page> {
  const { origin } = new URL(studio.address);
  const query = tour === undefined ? "" : `?tour=${tour}&step=${step}`;
  opened = await openPage(browser, `${origin}/#/learn${query}`, { width });
  return opened.page;
}

describe.skipIf(!browserPath)("the page to learn from", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fovea-learn-"));
    studio = await serveStudio({ folder, program: [process.execPath] });
    browser = await launchBrowser();
  });
  afterEach(async () => {
    const faults = opened?.faults;
    await opened?.page.context().close();
    opened = undefined;
    expect(faults).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("leads through a tour by the keyboard, and keeps the step in the address", async () => {
    const page = await openTour();
    await page.getByRole("link", { name: "The network that straightens what it sees" }).focus();
    await page.keyboard.press("Enter");
    for (let step = 1; step < 5; step++) {
      await page.getByText(`Step ${step} of 5`).waitFor();
      await page.getByRole("button", { name: "Next" }).focus();
      await page.keyboard.press("Enter");
    }
    await page.getByRole("heading", { name: /rotate the 6 until it is a 9/ }).waitFor();
    expect(page.url()).toContain("tour=transformer&step=5");
    await page.reload();
    await page.getByText("Step 5 of 5").waitFor();
  });

  it("lets both networks read a 9 where the 6 stands on its head", async () => {
    const page = await openTour("transformer", 5);
    const digits = page.locator("[data-network] h3 strong");
    await expect.poll(() => digits.allTextContents()).toEqual(["6", "6"]);
    await page.getByText("Neither reads a 9 yet.").waitFor();
    await page.getByRole("slider", { name: "rotate" }).fill("180");
    await page.getByText(/At 180° .* a 9/).waitFor();
  });

  it("changes the mind of a network by its company alone", async () => {
    const page = await openTour("batch", 3);
    const network = page.locator("[data-network=mha-batch] ul");
    await network.waitFor();
    const before = await network.innerText();
    await page.getByRole("button", { name: "All out" }).click();
    await expect.poll(() => network.innerText()).not.toBe(before);
  });

  it("asks who moved the attention, and counts the guesses", async () => {
    const page = await openTour("attention", 5);
    await page.getByRole("button", { name: "Turned" }).click();
    await page.getByText(/of 1 right\./).waitFor();
    await page.getByRole("button", { name: "Another one" }).click();
    await page.getByRole("button", { name: "Covered with noise" }).click();
    await page.getByText(/of 2 right\./).waitFor();
  });

  it("shows how often one run misleads, and what many seeds say", async () => {
    const page = await openTour("better");
    for (let round = 1; round <= 10; round++) {
      await page.getByRole("button", { name: "A is better" }).click();
      await page.getByText(`of ${round} ${round === 1 ? "round" : "rounds"}`).waitFor();
      await page.getByRole("button", { name: "Next round" }).click();
    }
    await page.getByText(/Whoever takes the higher dot is wrong in \d\d %/).waitFor();
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await page.getByText("Not settled.").or(page.getByText("A is better.")).waitFor();
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await page.getByText("the test says: A is better").waitFor();
    await page.getByRole("button", { name: "Next", exact: true }).click();
    const share = async (name: string) => {
      const row = page.getByRole("row").filter({ hasText: name });
      return Number.parseInt(await row.locator(".figure").innerText(), 10);
    };
    await page.getByRole("slider", { name: "seeds" }).fill("20");
    expect(await share("once")).toBeLessThan(9);
    expect(await share("after every seed")).toBeGreaterThan(15);
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await page.getByRole("button", { name: "Look", exact: true }).click();
    await page.getByText(/For 80 % it takes \d+ seeds/).waitFor();
  });

  const steps = [
    ["transformer", 3],
    ["coordinates", 4],
    ["attention", 1],
    ["batch", 5],
    ["better", 2],
  ] as const;
  it("has no serious fault of access in any tour, and fits a phone", async () => {
    const page = await openTour("transformer", 1, 390);
    for (const [tour, step] of steps) {
      await page.goto(`${new URL(studio.address).origin}/#/learn?tour=${tour}&step=${step}`);
      await page.getByText(`Step ${step} of 5`).waitFor();
      await page.locator(".thing canvas, .thing .plot").first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        390,
      );
    }
  });
});
