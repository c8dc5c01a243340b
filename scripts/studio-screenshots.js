// The pictures of the studio in docs/figures:
//
//     npm run build && node scripts/studio-screenshots.js [--only studio-runs,studio-train] [--runs DIR] [--browser /usr/bin/chromium]
//
// --only: these pictures; --runs: shows the runs of this folder, in place of a study that is trained for the picture.
//
// Taken in Chromium from the built page, without movement. Those of networks that come with the page are alike each time;
// in those of Train and Runs, which train networks for their picture, times differ.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { indexedPng } from "./indexed-png.js";
import { serveStudio } from "./serve-studio.js";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    runs: { type: "string" },
    browser: { type: "string", default: "/usr/bin/chromium" },
  },
});
const only = values.only?.split(",");
const figures = fileURLToPath(new URL("../docs/figures/", import.meta.url));
const desktop = { width: 1280, height: 900 };
/** For a page that fills less. */
const low = { width: 1280, height: 540 };
const phone = { width: 390, height: 844 };

/** Names, sizes, colours, and what is done to the page first. */
const pictures = [
  { name: "studio-look", viewport: desktop, colorScheme: "light", prepare: turn },
  { name: "studio-look-dark", viewport: desktop, colorScheme: "dark", prepare: turn },
  { name: "studio-look-phone", viewport: phone, colorScheme: "light", prepare: turn },
  { name: "studio-look-sum", viewport: desktop, colorScheme: "light", prepare: openSum },
  ...["light", "dark"].flatMap((colorScheme) => {
    const suffix = colorScheme === "dark" ? "-dark" : "";
    return [
      { name: `studio-train${suffix}`, viewport: desktop, colorScheme, prepare: trainTwo },
      { name: `studio-runs${suffix}`, viewport: desktop, colorScheme, prepare: openStudy },
      { name: `studio-learn${suffix}`, viewport: low, colorScheme, prepare: openTour },
    ];
  }),
  { name: "studio-train-phone", viewport: phone, colorScheme: "light", prepare: trainTwo },
];

const program = fileURLToPath(new URL("../dist/cli/fovea.js", import.meta.url));

/** Runs of two networks with three seeds, and the server of the studio that shows them. */
async function serveRuns(folder) {
  const study = [
    "--seeds",
    "3",
    "--data",
    "digits-2000-1000",
    "--epochs",
    "6",
    "--validation",
    "200",
  ];
  const recipe = ["--optimizer", "adam", "--learning-rate", "0.004", "--batch-size", "32"];
  if (values.runs === undefined) {
    const words = ["compare", "stn", "cnn", ...study, ...recipe, "--out", join(folder, "compare")];
    const { status } = spawnSync(process.execPath, [program, ...words], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) throw new Error("studio-screenshots: fovea compare failed");
  }
  const shown = values.runs ?? folder;
  const server = spawn(process.execPath, [program, "studio", shown, "--no-open"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(server.stdout.setEncoding("utf8"), "data");
  return { address: line.trim(), close: () => server.kill("SIGINT") };
}

/** Two networks at the end of a short training. */
async function trainTwo(page) {
  const settings = "model=stn&model2=mha&data=digits-1000-500&epochs=6&batchSize=32";
  await openPage(page, `${server.address}#/train?${settings}&learningRate=0.004&optimizer=adam`);
  await page.getByText("images of 28×28").waitFor();
  await page.getByRole("button", { name: "Start" }).click();
  await page.locator("[data-ended]").nth(1).waitFor({ timeout: 600_000 });
}

/** All runs of the study, and how sure the difference is. */
async function openStudy(page) {
  await openPage(page, runs.address);
  await page.getByRole("checkbox").first().check();
  await page.getByText("Lines are means over seeds").waitFor();
  // The folder's path is that of this machine.
  await page.locator(".where").evaluate((line) => {
    for (const node of line.childNodes) {
      if (node.nodeType === 3)
        node.textContent = node.textContent.replace(/\/\S+(?=, live)/, "runs");
    }
  });
}

/** The experiment at the end of the tour of the transformer, done. */
async function openTour(page) {
  await openPage(page, `${server.address}#/learn?tour=transformer&step=5`);
  await page.getByRole("slider", { name: "rotate" }).fill("180");
  await page.getByText(/At 180° .* a 9/).waitFor();
}

/** Addresses that differ in what is behind their # alone are no new page to the browser. */
async function openPage(page, address) {
  await page.goto("about:blank");
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
}

/** Turned as far as only the transformer follows. */
async function turn(page) {
  await page.getByLabel("rotate", { exact: true }).fill("65");
}

/** A value of the second convolution, and the sum that it is. */
async function openSum(page) {
  const layer = page.getByRole("button", { name: /^conv2 conv/ });
  await layer.scrollIntoViewIfNeeded();
  const { width, height } = await layer.boundingBox();
  await layer.click({ position: { x: width * 0.06, y: height * 0.25 } });
  await page.mouse.move(0, 0);
  await page.getByRole("region", { name: "How a value came about" }).scrollIntoViewIfNeeded();
}

const folder = mkdtempSync(join(tmpdir(), "fovea-screenshots-"));
const wanted = pictures.filter(({ name }) => !only || only.includes(name));
// Its study trains for minutes.
const runs = wanted.some(({ prepare }) => prepare === openStudy)
  ? await serveRuns(folder)
  : undefined;
const server = await serveStudio();
const browser = await chromium.launch({ executablePath: values.browser, args: ["--no-sandbox"] });
for (const { name, viewport, colorScheme, prepare } of wanted) {
  const page = await browser.newPage({ viewport, colorScheme, reducedMotion: "reduce" });
  await page.goto(server.address);
  await page.locator('[data-network="mha-batch"]').waitFor();
  await prepare(page);
  // Two frames, so that all is drawn.
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
  const bytes = indexedPng(await page.screenshot());
  writeFileSync(`${figures}${name}.png`, bytes);
  console.log(`docs/figures/${name}.png: ${bytes.length} bytes`);
  await page.close();
}
await browser.close();
await server.close();
runs?.close();
rmSync(folder, { recursive: true, force: true });
