import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serveStudio } from "../../scripts/serve-studio.js";
import { browserPath, faultsOf, launchBrowser } from "./open-studio.js";

describe.skipIf(!browserPath)("the page Train, what is in sight", () => {
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof serveStudio>>;
  let context: BrowserContext;
  let faults: string[];

  beforeAll(async () => {
    studio = await serveStudio({ isolated: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });
  afterEach(async () => {
    expect(faults).toEqual([]);
    await context.close();
  });

  async function open(width: number, settings: string): Promise<Page> {
    context = await browser.newContext({
      reducedMotion: "reduce",
      viewport: { width, height: 844 },
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    faults = faultsOf(page, studio.address);
    await page.goto(`${studio.address}#/train?${settings}`);
    await page.getByText("images of 28×28").waitFor();
    return page;
  }

  const shown = async (page: Page, name: string | RegExp) => {
    const box = await page.getByRole("button", { name }).first().boundingBox();
    return box !== null && box.y >= 0 && box.y + box.height <= 844;
  };

  it("on a phone has Start in sight at once, and then what it began", async () => {
    const page = await open(390, "model=stn&data=digits-60-20&batchSize=20&epochs=1");
    expect(await shown(page, "Start")).toBe(true);
    await page.getByRole("button", { name: "Start" }).click();
    await page.locator("[data-ended]").waitFor();
    const results = page.getByRole("region", { name: "Results so far" });
    const box = (await results.boundingBox())!;
    expect(box.y).toBeGreaterThan(0);
    expect(box.y).toBeLessThan(844 / 2);
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    expect(await shown(page, "Start")).toBe(true);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      390,
    );
  });

  it("shows the test images that one asks for", async () => {
    const small = "data=digits-60-100&batchSize=20&epochs=1";
    const page = await open(1280, `model=stn&model2=cnn&${small}`);
    await page.getByRole("button", { name: "Start" }).click();
    await page.locator("[data-ended]").nth(1).waitFor();
    const field = page.getByLabel("test images", { exact: true });
    const watched = () =>
      page
        .getByRole("img", { name: /^Test image / })
        .evaluateAll((all) =>
          all.map((each) => Number(/\d+/.exec(each.getAttribute("aria-label")!)![0])),
        );
    const first = await watched();
    expect(await field.inputValue()).toBe(first.slice(0, 10).join(", "));
    await page.getByRole("button", { name: "Other images" }).click();
    await expect.poll(watched).not.toEqual(first);
    // Each is the next one of its class.
    const next = await watched();
    expect(next.every((image, at) => image > first[at]!)).toBe(true);
    await field.fill("42, 7");
    await field.press("Enter");
    await expect.poll(watched).toEqual([42, 7, 42, 7]);
    await page.getByLabel("after epoch").fill("0");
    await page.getByRole("button", { name: "Other images" }).click();
    await expect.poll(async () => (await watched()).length).toBe(20);
    for (const [typed, got] of [
      ["100", "got 100"],
      ["seven", "got NaN"],
      ["", "got 0 images"],
    ] as const) {
      await field.fill(typed);
      await field.blur();
      await page.getByText(`images: expected 1 to 10 test images, each in 0..99, ${got}`).waitFor();
    }
    const differing = page.getByRole("button", { name: /^Watch test image/ }).first();
    const name = (await differing.getAttribute("aria-label"))!;
    await differing.click();
    await expect.poll(async () => (await watched())[0]).toBe(Number(/\d+/.exec(name)![0]));
  });

  it("completes and explains functions where code is typed", async () => {
    const page = await open(1280, "model=stn&data=digits-60-20");
    await page.getByRole("combobox", { name: "network" }).selectOption("own");
    await page.getByText("my-net: ").waitFor();
    const editor = page.getByLabel("Code of network A");
    await editor.focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("groupN");
    await page
      .getByRole("group", { name: /may become/ })
      .getByRole("button", { name: "groupNorm" })
      .waitFor();
    await page.keyboard.press("Control+Space");
    await page.keyboard.type("(");
    await page.getByText("groupNorm(x: Tensor").first().waitFor();
    const text = await editor.inputValue();
    expect(text).toMatch(/import \{ groupNorm,/);
    expect(text.endsWith("groupNorm(")).toBe(true);
    await page.getByText("All functions").click();
    await page.getByLabel("Find a function for network A").fill("spatialtransformer");
    const list = page.getByRole("region", { name: "Functions for network A" });
    await list.getByText("spatialTransformer", { exact: true }).click();
    await list.getByText("Jaderberg et al.").waitFor();
  });
});
