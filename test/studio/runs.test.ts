import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { writeZip } from "../../src/formats/write-zip.js";
import { digits, models } from "../../src/index.js";
import { recordTraining } from "../../src/node.js";
import { type Studio, serveStudio } from "../../src/studio-server/serve.js";
import { fewDigits } from "../cli/run-fovea.js";
import {
  accessibilityFaults,
  browserPath,
  launchBrowser,
  type OpenPage,
  openPage,
} from "./open-studio.js";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const program = [process.execPath, join(dist, "cli", "fovea.js")] as const;
const data = digits({ train: 60, test: 40 });

/** A process of its own takes seconds to start, on a busy machine many. */
const slow = { timeout: 200_000 };

let folder: string;
let studio: Studio;
let browser: Browser;
let opened: OpenPage | undefined;
const before = process.env.NODE_OPTIONS;

async function openRuns(address = studio.address, width?: number): Promise<Page> {
  opened = await openPage(browser, address, { width });
  return opened.page;
}

describe.skipIf(!browserPath)("the page of runs", () => {
  beforeAll(async () => {
    Object.assign(process.env, fewDigits({ train: 200, test: 60 }));
    folder = realpathSync(mkdtempSync(join(tmpdir(), "fovea-runs-page-")));
    for (const name of ["cnn", "stn"] as const) {
      for (const seed of [0, 1]) {
        const directory = join(folder, `${name}-${seed}`);
        const recipe = { epochs: 3, seed, batchSize: 20, learningRate: 0.05, threads: 1 };
        await recordTraining({ directory, model: models[name], data, ...recipe });
      }
    }
    studio = await serveStudio({ folder, program, page: "runs" });
    browser = await launchBrowser();
  });
  afterEach(async () => {
    await opened?.page.context().close();
    opened = undefined;
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
    rmSync(folder, { recursive: true, force: true });
  });

  it("sorts and filters the runs, draws them and moves one cursor in all charts", async () => {
    const page = await openRuns();
    const names = page.locator("tbody th button");
    await page.getByRole("button", { name: "stn-1" }).waitFor();
    await page.getByRole("button", { name: "run", exact: true }).click();
    expect((await names.allTextContents()).slice(0, 4)).toEqual([
      "cnn-0",
      "cnn-1",
      "stn-0",
      "stn-1",
    ]);
    await page.getByLabel("Filter").fill("stn seed1");
    expect((await names.allTextContents()).slice(0, 1)).toEqual(["stn-1"]);
    await page.getByText("1 of 4 runs").waitFor();
    await page.getByLabel("Filter").fill("");

    const charts = page.locator("figure svg");
    await charts.nth(2).waitFor();
    const box = (await charts.first().boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await expect.poll(() => page.locator(".cursor").count()).toBe(3);
    await page.getByRole("columnheader", { name: "epoch 2" }).waitFor();
    await page.getByLabel("log scale").check();
    await page.getByLabel("Smoothing").fill("0.5");
    await page.getByText("Faint lines are not smoothed").waitFor();
    expect(page.url()).not.toContain("token");

    // A link that is followed while the page is open.
    const { origin } = new URL(studio.address);
    await page.goto(`${origin}/#/runs?view=seeds&filter=seed1&chosen=cnn-1`);
    await page.getByText("2 of 4 runs").waitFor();
    expect(await page.getByLabel("Chart stn-1").isChecked()).toBe(false);
    expect(await page.getByLabel("Chart cnn-1").isChecked()).toBe(true);
    expect(opened!.faults).toEqual([]);
  });

  it("compares models over seeds, two runs in all they are, and shows one run", async () => {
    const page = await openRuns();
    await page.getByRole("button", { name: "Over seeds" }).click();
    await page.getByText(/^cnn: mean .* over 2 seeds/).waitFor();
    await page.getByText(/cnn and stn: not settled|is better than/).waitFor();
    expect(await page.locator("figure svg").count()).toBe(2);

    await page.getByRole("button", { name: "Compare two" }).click();
    await page.getByText("These two trained networks").waitFor();
    await page.getByText(/McNemar's exact test/).waitFor();
    await page.getByText(/of \d+ steps differ/).waitFor();
    await page.getByRole("button", { name: "localization.0.weight" }).click();
    await page.getByText("has no such parameter").waitFor();

    await page.getByRole("button", { name: "One run" }).click();
    await page.getByText("None yet.").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save the folder as zip" }).click();
    expect((await download).suggestedFilename()).toMatch(/^(cnn|stn)-\d\.zip$/);
    expect(opened!.faults).toEqual([]);
  });

  it("has no serious fault of access, in light and dark", async () => {
    const page = await openRuns();
    await page.locator("figure svg").nth(2).waitFor();
    await page.getByText("Train a network").click();
    for (const view of ["Curves", "Over seeds", "Compare two", "One run"]) {
      await page.getByRole("button", { name: view }).click();
      await page.waitForTimeout(300);
      await page.emulateMedia({ colorScheme: "light" });
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await accessibilityFaults(page, "color-contrast")).toEqual([]);
    }
    expect(opened!.faults).toEqual([]);
  });

  it("is no wider than a phone", async () => {
    const page = await openRuns(studio.address, 390);
    await page.locator("figure svg").nth(2).waitFor();
    for (const view of ["Curves", "Over seeds", "Compare two", "One run"]) {
      await page.getByRole("button", { name: view }).click();
      await page.waitForTimeout(200);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        390,
      );
    }
  });

  it("does all of it by the keyboard", async () => {
    const page = await openRuns();
    await page.locator("figure svg").nth(2).waitFor();
    await page.getByRole("button", { name: "accuracy" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("th[aria-sort=descending]", { hasText: "accuracy" }).waitFor();
    const box = page.getByLabel("Chart cnn-0");
    await box.focus();
    await page.keyboard.press("Space");
    expect(await box.isChecked()).toBe(false);
    await page.getByRole("slider", { name: "Epoch" }).focus();
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("columnheader", { name: "epoch 2" }).waitFor();
    await page.getByRole("button", { name: "stn-0" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Audit" }).waitFor();
    expect(await page.getByRole("combobox", { name: "Run" }).inputValue()).toBe("stn-0");
    expect(opened!.faults).toEqual([]);
  });

  it("trains, and shows epochs as they end; pauses, stops and resumes", {
    timeout: 600_000,
  }, async () => {
    const page = await openRuns();
    await page.getByText("Train a network").click();
    await page.getByRole("combobox", { name: "network" }).selectOption("stn");
    await page.getByLabel("epochs", { exact: true }).fill("4000");
    await page.getByLabel("seed", { exact: true }).fill("7");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const row = page.getByRole("row").filter({ hasText: "-stn-seed7" });
    await row.getByText("training").waitFor(slow);
    const run = join(folder, readdirSync(folder).find((name) => name.endsWith("-stn-seed7"))!);
    const shownEpochs = async () => Number.parseInt(await row.locator(".progress").innerText(), 10);

    const first = await shownEpochs();
    await expect.poll(shownEpochs, slow).toBeGreaterThan(first + 1);

    await row.getByRole("button", { name: /^Pause/ }).click();
    await row.getByText("paused").waitFor();
    await page.waitForTimeout(1_200);
    const paused = await shownEpochs();
    await page.waitForTimeout(1_200);
    expect(await shownEpochs()).toBe(paused);
    await row.getByRole("button", { name: /^Continue/ }).click();
    await expect.poll(shownEpochs, slow).toBeGreaterThan(paused);

    await row.getByRole("button", { name: /^Stop/ }).click();
    await row.getByRole("button", { name: "Keep training" }).click();
    await row.getByRole("button", { name: /^Stop/ }).click();
    await row.getByRole("button", { name: "Stop", exact: true }).click();
    await row.getByText("stopped").waitFor(slow);
    const stopped = await shownEpochs();
    expect(JSON.parse(readFileSync(join(run, "run.json"), "utf8")).state).toBe("stopped");
    await row.getByRole("button", { name: /^Resume/ }).click();
    await expect.poll(shownEpochs, slow).toBeGreaterThan(stopped);
    await row.getByRole("button", { name: /^Stop/ }).click();
    await row.getByRole("button", { name: "Stop", exact: true }).click();
    await row.getByText("stopped").waitFor(slow);
    expect(opened!.faults).toEqual([]);
    rmSync(run, { recursive: true });
    await row.waitFor({ state: "detached" });
  });

  it("begins a study, and compares its models", { timeout: 300_000 }, async () => {
    const page = await openRuns();
    await page.getByText("Begin a study").click();
    await page.getByLabel("name", { exact: true }).fill("sweep");
    const manifest = {
      format: 1,
      models: ["cnn", "mha"],
      seeds: 2,
      data: "digits",
      recipe: { epochs: 1 },
    };
    await page.getByLabel(/the study/).fill(JSON.stringify(manifest));
    await page.getByRole("button", { name: "Begin", exact: true }).click();
    await page.getByText("4 of 4 runs, done").waitFor(slow);
    await page.getByRole("button", { name: "sweep", exact: true }).click();
    await page.getByText(/^mha.*: mean .* over 2 seeds/).waitFor();
    rmSync(join(folder, "sweep"), { recursive: true });
    expect(opened!.faults).toEqual([]);
  });

  it("says that the server is lost, keeps what it had, and connects again", async () => {
    const options = { folder, program, page: "runs", token: "the-same-one" } as const;
    const first = await serveStudio(options);
    const page = await openRuns(first.address);
    await page.getByRole("button", { name: "cnn-0" }).waitFor();
    await first.close();
    await page.getByText(/not connected/).waitFor();
    await page.getByText(/This page connects again/).waitFor();
    expect(await page.getByRole("button", { name: "cnn-0" }).count()).toBe(1);
    const port = Number(new URL(first.address).port);
    const second = await serveStudio({ ...options, port });
    await page.getByText(/, live$/).waitFor();
    cpSync(join(folder, "cnn-0"), join(folder, "copy"), { recursive: true });
    await page.getByRole("button", { name: "copy" }).waitFor({ timeout: 2_000 });
    rmSync(join(folder, "copy"), { recursive: true });
    await second.close();
    const third = await serveStudio({ ...options, port, token: "another-one" });
    await page.getByText(/Open the address that fovea studio printed last/).waitFor();
    await third.close();
  });

  it("shows names of folders as text", async () => {
    const name = "<img src=x onerror=document.title='hacked'>";
    cpSync(join(folder, "cnn-0"), join(folder, name), { recursive: true });
    const page = await openRuns();
    await page.getByRole("button", { name }).click();
    await page.getByRole("heading", { name: "Files" }).waitFor();
    expect(await page.title()).not.toBe("hacked");
    rmSync(join(folder, name), { recursive: true });
    expect(opened!.faults).toEqual([]);
  });

  describe("without a server", () => {
    let site: Server;
    let address: string;
    beforeAll(async () => {
      const types: Record<string, string> = {
        ".html": "text/html",
        ".js": "text/javascript",
        ".css": "text/css",
      };
      site = createServer((request, response) => {
        const path = request.url!.split("?")[0]!.replace(/^\/sub\//, "");
        const name = path === "" ? "index.html" : path;
        response.setHeader("content-type", types[extname(name)] ?? "application/octet-stream");
        response.end(readFileSync(join(dist, "studio", name)));
      });
      await new Promise<void>((done) => site.listen(0, "127.0.0.1", done));
      address = `http://127.0.0.1:${(site.address() as AddressInfo).port}/sub/#/runs`;
    });
    afterAll(() => {
      site?.close();
    });

    it("takes a zip of a run, takes it off again, and takes that back", async () => {
      const page = await openRuns(address);
      await page.getByText("This page has no server").waitFor();
      await page.getByText("No runs here yet.").waitFor();
      const files = readdirSync(join(folder, "stn-1"))
        .filter((name) => name !== "lock.json")
        .map(
          (name) =>
            [`mine/${name}`, new Uint8Array(readFileSync(join(folder, "stn-1", name)))] as const,
        );
      const buffer = Buffer.from(writeZip(new Map(files), "test"));
      const zip = page.locator("input[accept='.zip']");
      await zip.setInputFiles({ name: "run.zip", mimeType: "application/zip", buffer });
      await page.getByRole("button", { name: "mine", exact: true }).click();
      await page.getByText("3 of 3 epochs").waitFor();
      await page.getByRole("button", { name: "Take off mine" }).click();
      await page.getByText("No runs here yet.").waitFor();
      await page.getByRole("button", { name: "Undo" }).click();
      await page.getByRole("button", { name: "mine", exact: true }).waitFor();

      const broken = { name: "run.zip", mimeType: "application/zip" };
      await zip.setInputFiles({ ...broken, buffer: buffer.subarray(0, 500) });
      await page.getByText(/run\.zip: expected/).waitFor();
      await page.getByRole("button", { name: "mine", exact: true }).waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(opened!.faults).toEqual([]);
    });
  });
});
