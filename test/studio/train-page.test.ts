import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serveStudio } from "../../scripts/serve-studio.js";
import { readRun } from "../../src/node.js";
import { sha256 } from "../../src/sha256.js";
import { accessibilityFaults, browserPath, faultsOf, launchBrowser } from "./open-studio.js";

const program = fileURLToPath(new URL("../../dist/cli/fovea.js", import.meta.url));
let folder: string;
let browser: Browser;
let studio: Awaited<ReturnType<typeof serveStudio>>;
let context: BrowserContext;
let page: Page;
let faults: string[];

describe.skipIf(!browserPath)("the page Train", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fovea-train-page-"));
    studio = await serveStudio({ isolated: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    context = await browser.newContext({ acceptDownloads: true, reducedMotion: "reduce" });
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
    faults = faultsOf(page, studio.address);
  });
  afterEach(async () => {
    expect(faults).toEqual([]);
    await context.close();
  });

  const small = { data: "digits-300-100", batchSize: "30", epochs: "2" };

  async function open(settings: Readonly<Record<string, string>>): Promise<void> {
    const query = new URLSearchParams({ ...small, ...settings });
    await page.goto("about:blank");
    await page.goto(`${studio.address}#/train?${query}`);
    await page.getByText("images of 28×28").waitFor();
  }

  async function start(): Promise<void> {
    await page.getByRole("button", { name: "Start" }).click();
  }

  const ended = (slot = 0) => page.locator("[data-ended]").nth(slot);

  async function weightsOf(slot = 0): Promise<string> {
    await ended(slot).waitFor();
    return (await ended(slot).getAttribute("data-weights"))!;
  }

  /** Runs a printed command in a folder of its own, and gives the folder of its run. */
  function runPrinted(command: string, name: string): string {
    const out = join(folder, name);
    const typed = command.replace(/^fovea/, '"$0" "$1"');
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", `${typed} --out "$2"`, process.execPath, program, out],
      { cwd: folder, encoding: "utf8" },
    );
    expect(stderr).not.toContain("expected");
    expect(status).toBe(0);
    return out;
  }

  /** The run folder that the page packs, unpacked. */
  async function downloadRun(slot: number, name: string): Promise<string> {
    const waits = page.waitForEvent("download");
    await page
      .getByRole("region", { name: "Results so far" })
      .getByRole("button")
      .nth(slot)
      .click();
    const bytes = readFileSync(await (await waits).path());
    const [run = ""] = Object.keys(unzipSync(bytes))[0]!.split("/");
    for (const [path, content] of Object.entries(unzipSync(bytes))) {
      const file = join(folder, name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    return join(folder, name, run);
  }

  const withoutTimes = (path: string) =>
    readFileSync(path, "utf8").replace(/^((?:[^,\n]*,){5})[^,\n]*,[^,\n]*/gm, "$1,");

  it("trains what the printed command trains, bit for bit, and packs a run folder", async () => {
    await open({
      model: "stn",
      optimizer: "adam",
      learningRate: "0.002",
      validation: "50",
      seed: "3",
    });
    await start();
    const weights = await weightsOf();
    const command = await page.locator("pre code").innerText();
    expect(command).toMatch(
      /^fovea train stn --epochs 2 --seed 3 --data digits-300-100 --batch-size 30 --learning-rate 0.002 --validation 50 --optimizer 'adam, /,
    );
    const node = runPrinted(command, "stn-node");
    const own = await downloadRun(0, "stn-page");
    expect(sha256(readFileSync(join(node, "last.safetensors")))).toBe(weights);
    const files = ["last", "best", "state", "predictions"].map((name) => `${name}.safetensors`);
    for (const file of [...files, "model.json", "views.json"]) {
      expect([file, sha256(readFileSync(join(own, file)))]).toEqual([
        file,
        sha256(readFileSync(join(node, file))),
      ]);
    }
    expect(withoutTimes(join(own, "metrics.csv"))).toBe(withoutTimes(join(node, "metrics.csv")));
    const [a, b] = [readRun(own), readRun(node)];
    expect(a.record.digest).toBe(b.record.digest);
    expect(a.record.test).toEqual(b.record.test);
    expect(a.leftOut).toBeUndefined();
  });

  it("goes on after a reload as if nothing had happened", async () => {
    await open({
      // Slow enough to be met within an epoch.
      model: "mha",
      data: "digits-2000-100",
      epochs: "6",
      schedule: "plateau",
      optimizer: "sgd,momentum=0.9",
    });
    await start();
    const whole = await weightsOf();
    await page.reload();
    await page.getByText("images of 28×28").waitFor();
    await start();
    // Within an epoch, whose steps are lost with the tab.
    const row = page.getByRole("region", { name: "Results so far" }).getByRole("row").nth(1);
    await row.getByText(/^[2345] of 6$/).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.reload();
    await page.getByText(/[1-5] of 6 epochs/).waitFor();
    await page.getByRole("button", { name: /^Resume/ }).click();
    expect(await weightsOf()).toBe(whole);
    expect(await row.getByRole("cell").first().innerText()).toBe("6 of 6");
  });

  it("trains two side by side, in steps, and shows where they differ and what they were", async () => {
    // Long enough to be paused before its end.
    const long = { data: "digits-2000-100", epochs: "3" };
    await open({ ...long, model: "stn", model2: "mha" });
    await start();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Step" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    const together = [await weightsOf(0), await weightsOf(1)];
    await page.getByText(/of 100 test images have two answers/).waitFor();
    expect(await page.getByRole("table", { name: /what it was taken for/ }).count()).toBe(2);
    expect(await page.getByRole("img", { name: /^Warped/ }).count()).toBe(10);
    expect(await page.getByRole("img", { name: /^Attention of vit1, head 2/ }).count()).toBe(10);
    const warped = () =>
      page
        .getByRole("img", { name: /^Warped/ })
        .first()
        .getAttribute("aria-label");
    await page.getByLabel("after epoch").fill("0");
    await expect.poll(warped, { timeout: 15_000 }).toBe("Warped: unchanged");
    await page.getByRole("button", { name: "Now", exact: true }).click();
    // Alone, each has the same bits.
    await open({ ...long, model: "mha" });
    await start();
    expect(await weightsOf()).toBe(together[1]);
    expect(together[0]).not.toBe(together[1]);
  });

  it("says that no command repeats a learning rate that was set by hand", async () => {
    await open({ model: "cnn", epochs: "40" });
    await start();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByLabel("learning rate").last().fill("-80");
    await page.getByText("The learning rate was set by hand").waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await ended().waitFor();
    const files = await downloadRun(0, "by-hand");
    expect(() => readRun(files)).toThrow("run.json");
  });

  it("stops, and keeps the epochs that are done", async () => {
    await open({ model: "cnn", epochs: "500" });
    await start();
    const row = page.getByRole("region", { name: "Results so far" }).getByRole("row").nth(1);
    await row.getByText("3 of 500").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText(/stopped after epoch \d+; the steps after it are not kept/).waitFor();
    await page.getByRole("button", { name: /^Delete/ }).click();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText(/of 500 epochs/).waitFor();
  });

  it("keeps its settings in the address", async () => {
    await open({ model: "residual", set: "width=8", model2: "vit", augment: "rotate=12" });
    await page.getByText("residual: ").waitFor();
    await page.getByLabel("seed").fill("7");
    await page.getByLabel("seed").blur();
    await page.getByLabel("optimizer").fill("adamm");
    await page.getByLabel("optimizer").blur();
    await page.getByText("expected optimizer").waitFor();
    expect(await page.getByRole("button", { name: "Start" }).isDisabled()).toBe(true);
    await page.getByLabel("optimizer").fill("adam");
    await page.getByLabel("optimizer").blur();
    const { hash } = new URL(page.url());
    const settings = Object.fromEntries(new URLSearchParams(hash.split("?")[1]));
    expect(settings).toMatchObject({ model: "residual", set: "width=8", model2: "vit", seed: "7" });
    expect(settings).toMatchObject({ optimizer: "adam", augment: "rotate=12" });
  });

  it("says what is wrong with files, and goes on", async () => {
    await open({ model: "cnn" });
    await page.getByRole("combobox", { name: "images" }).selectOption("files");
    const broken = join(folder, "broken.zip");
    writeFileSync(broken, "PK\u0003\u0004 and no more");
    await page.getByLabel("Choose files of images").setInputFiles(broken);
    const alert = page.getByRole("alert").filter({ hasText: "broken.zip" });
    await alert.waitFor();
    const { stderr } = spawnSync(process.execPath, [program, "data", "inspect", broken], {
      encoding: "utf8",
    });
    const said = (text: string) => /expected .*/.exec(text)![0];
    expect(await alert.innerText()).toContain(said(stderr));
    await page.getByRole("combobox", { name: "images" }).selectOption("digits");
    await page.getByText("digits-6000-1000: 6,000").waitFor();
    await start();
    await page.getByRole("button", { name: "Pause" }).waitFor();
  });

  it("trains on pictures of one's own, as the printed command does", async () => {
    const { encode } = await import("fast-png");
    const root = join(folder, "marks");
    const files: string[] = [];
    for (const [name, across] of [
      ["rows", true],
      ["columns", false],
    ] as const) {
      mkdirSync(join(root, name), { recursive: true });
      for (let index = 0; index < 12; index++) {
        const data = Uint8Array.from({ length: 400 }, (_, at) => {
          const line = across ? Math.floor(at / 20) : at % 20;
          return line % 8 === index % 8 ? 255 : 0;
        });
        const file = join(root, name, `${index}.png`);
        writeFileSync(file, encode({ width: 20, height: 20, data, channels: 1, depth: 8 }));
        files.push(file);
      }
    }
    await open({ model: "lenet", batchSize: "5" });
    await page.getByRole("combobox", { name: "images" }).selectOption("files");
    await page.getByLabel("Choose a folder of pictures").setInputFiles(root);
    await page.getByText("20 + 4 images of 20×20, 2 classes").waitFor();
    await start();
    const weights = await weightsOf();
    const command = await page.locator("pre code").innerText();
    expect(command).toContain("--data ./marks");
    const node = runPrinted(command, "marks-node");
    expect(sha256(readFileSync(join(node, "last.safetensors")))).toBe(weights);
  });

  it("trains on when the browser's storage is full, and says so", async () => {
    const client = await context.newCDPSession(page);
    await client.send("Storage.overrideQuotaForOrigin", {
      origin: new URL(studio.address).origin,
      quotaSize: 2000,
    });
    await open({ model: "cnn" });
    await start();
    const alert = page
      .getByRole("alert")
      .filter({ hasText: "is not kept when this tab is closed" });
    await alert.waitFor();
    expect(await alert.innerText()).toContain("storage for this page is full");
    const weights = await weightsOf();
    expect(readRun(await downloadRun(0, "full")).record.state).toBe("done");
    expect(weights).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is used with the keyboard alone", async () => {
    await open({ model: "cnn" });
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement as HTMLElement | null;
        return element?.getAttribute("aria-label") ?? element?.innerText ?? "";
      });
    const reach = async (name: string) => {
      for (let presses = 0; presses < 60; presses++) {
        if ((await focused()) === name) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`${name} is not reached by Tab`);
    };
    await reach("Start");
    await page.keyboard.press("Enter");
    await ended().waitFor();
    await reach("Start");
    await page.getByRole("combobox", { name: "network" }).selectOption("own");
    await page.getByText("my-net: ").waitFor();
    await page.getByLabel("Code of network A").focus();
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Code of network A");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    expect(await focused()).not.toBe("Code of network A");
  });

  it("has nothing that axe finds serious, in light, in dark and on a phone", async () => {
    await open({ model: "stn", model2: "mha", epochs: "1" });
    await start();
    await weightsOf(1);
    await page.getByText("Drawing").first().click();
    await page.getByText("Plan: what").first().click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await accessibilityFaults(page, "color-contrast")).toEqual([]);
    await page.setViewportSize({ width: 390, height: 900 });
    expect(await accessibilityFaults(page)).toEqual([]);
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(widest).toBeLessThanOrEqual(390);
  });
});

describe.skipIf(!browserPath)("a server without the headers that isolate a page", () => {
  it("leaves one core, the page says why, and the bits are the same", async () => {
    const plain = await serveStudio({ isolated: false });
    const isolated = await serveStudio({ isolated: true });
    const own = await launchBrowser();
    try {
      const weights: (string | null)[] = [];
      for (const { address } of [plain, isolated]) {
        const tab = await own.newPage();
        await tab.goto(`${address}#/train?model=cnn&data=digits-300-100&batchSize=30&epochs=1`);
        await tab.getByText("images of 28×28").waitFor();
        await tab.getByRole("button", { name: "Start" }).click();
        const end = tab.locator("[data-ended]");
        await end.waitFor();
        weights.push(await end.getAttribute("data-weights"));
        const said = await tab.locator("[data-cores]").innerText();
        if (address === plain.address)
          expect(said).toContain("One core: this page is not isolated");
        else expect(said).toMatch(/^\d+ of \d+ cores/);
      }
      expect(weights[0]).toBe(weights[1]);
    } finally {
      await own.close();
      await plain.close();
      await isolated.close();
    }
  });
});
