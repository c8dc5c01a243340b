import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveStudio } from "../../scripts/serve-studio.js";
import { browserPath, faultsOf, launchBrowser } from "./open-studio.js";

/** Addresses that nobody writes on purpose, and what the page must say of them, where it must. */
const addresses: readonly (readonly [hash: string, says?: string])[] = [
  ["#"],
  ["#/../../etc/passwd"],
  ["#/constructor"],
  ["#/look?token=%00%ff"],
  ["#/%E0%A4%A"],
  ["#/learn?tour=constructor&step=-1"],
  ["#/learn?tour=transformer&step=1e9"],
  ["#/learn?tour=%3Cimg%20src=x%20onerror=alert(1)%3E"],
  ["#/runs?run=%3Cimg%20src=x%20onerror=alert(1)%3E&view=__proto__&compare=a,b,c"],
  ["#/train?model=constructor", "constructor"],
  ["#/train?model=__proto__&model2=toString", "__proto__"],
  ["#/train?model=%3Cimg%20src=x%20onerror=alert(1)%3E", "<img"],
  ["#/train?model=residual&set=__proto__=1,constructor=2", "expected"],
  ["#/train?model=residual&set=width=1e999", "expected"],
  ["#/train?data=digits-99999999999-1", "expected data as digits-2000-500"],
  ["#/train?data=digits-9999999-1", "expected"],
  ["#/train?data=digits-0-0", "expected data as digits-2000-500"],
  ["#/train?data=__proto__", "Choose data to train on."],
  ["#/train?data=http://example.org/x.zip", "Choose data to train on."],
  ["#/train?data=digits-20-10&epochs=1e9", "expected epochs"],
  ["#/train?data=digits-20-10&batchSize=0", "expected batchSize"],
  ["#/train?data=digits-20-10&batchSize=4294967296", "expected batchSize"],
  ["#/train?data=digits-20-10&learningRate=1e308", "expected learningRate"],
  ["#/train?data=digits-20-10&seed=0.5", "expected seed"],
  ["#/train?data=digits-20-10&patience=0.5", "expected patience"],
  ["#/train?data=digits-20-10&optimizer=adam,lr=__proto__", "expected"],
  ["#/train?data=digits-20-10&schedule=multiStep,milestones=9007199254740993", "expected"],
  ["#/train?data=digits-20-10&augment=rotate=1e400", "expected"],
  ["#/train?data=digits-20-10&group=(((((((((((((((%5Ba-z%5D*)*)*)*)*", "expected"],
  ["#/train?data=digits-20-10&graph=", "expected"],
  ["#/train?data=digits-20-10&graph=AAAA", "expected"],
];

describe.skipIf(!browserPath)("addresses that nobody writes on purpose", () => {
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof serveStudio>>;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    studio = await serveStudio({ isolated: true });
    browser = await launchBrowser();
    page = await browser.newPage({ reducedMotion: "reduce" });
    page.setDefaultTimeout(20_000);
    faults = faultsOf(page, studio.address);
    page.on("dialog", () => faults.push("a dialog"));
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
  });

  it.each(addresses)("%s", async (hash, says) => {
    await page.goto(`${studio.address}${hash}`);
    await page.getByRole("heading", { level: 1 }).first().waitFor({ state: "attached" });
    if (says !== undefined) await page.getByText(says).first().waitFor();
    expect(faults).toEqual([]);
  });

  it("leave a page that works", async () => {
    await page.goto(`${studio.address}#/train?data=digits-20-10&model=lenet`);
    await page.getByText("20 + 10 images of 28×28").waitFor();
    await page.getByRole("button", { name: "Start" }).click();
    await page.locator("[data-ended]").waitFor();
    expect(faults).toEqual([]);
  });
});
