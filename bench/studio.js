// Training in the studio's page Train beside Node: images per second on the same machine, in turns.
//
//     npm run build && node bench/studio.js [--models cnn,stn] [--images 6000] [--rounds 3] [--json]
//
// Each turn trains three epochs: in Chromium as a visitor does, by the page's button, with its curves and watched images;
// in Node by the library's `train`. The last two epochs count. Prints the medians, and the median of the rounds' ratios.
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import * as fovea from "../dist/index.js";
import { serveStudio } from "../scripts/serve-studio.js";
import { listOf, wholeNumber } from "./arguments.js";

const where = "bench/studio.js";
const { values } = parseArgs({
  options: {
    models: { type: "string", default: "cnn,stn,mha" },
    images: { type: "string", default: "6000" },
    rounds: { type: "string", default: "3" },
    browser: { type: "string", default: "/usr/bin/chromium" },
    json: { type: "boolean", default: false },
  },
});
const models = listOf(where, "--models", values.models, Object.keys(fovea.models));
const images = wholeNumber(where, "--images", values.images);
const rounds = wholeNumber(where, "--rounds", values.rounds);
const testImages = 500;

const studio = await serveStudio();
const browser = await chromium.launch({ executablePath: values.browser, args: ["--no-sandbox"] });

/** Images per second of the last two epochs, as the run's own metrics have them. */
async function pageSpeed(model) {
  const page = await browser.newPage();
  const query = `model=${model}&data=digits-${images}-${testImages}&epochs=3`;
  await page.goto(`${studio.address}#/train?${query}`);
  await page.getByText("images of 28×28").waitFor();
  await page.getByRole("button", { name: "Start" }).click();
  await page.locator("[data-ended]").waitFor({ timeout: 600_000 });
  const speeds = await page.locator("[data-speeds]").getAttribute("data-speeds");
  await page.close();
  return meanSpeed(speeds.split(",").map(Number));
}

async function nodeSpeed(model) {
  const data = fovea.digits({ train: images, test: testImages });
  const settings = { epochs: 3, learningRate: 0.05 };
  const { epochs } = await fovea.train({ model: fovea.models[model], data, ...settings });
  return meanSpeed(epochs.map(({ imagesPerSecond }) => imagesPerSecond));
}

/** Of epochs of equal length, all but the first: the harmonic mean. */
function meanSpeed([, ...speeds]) {
  return speeds.length / speeds.reduce((sum, speed) => sum + 1 / speed, 0);
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

const figures = [];
for (const model of models) {
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push({ page: await pageSpeed(model), node: await nodeSpeed(model) });
  }
  const figure = {
    model,
    page: median(pairs.map(({ page }) => page)),
    node: median(pairs.map(({ node }) => node)),
    ratio: median(pairs.map(({ page, node }) => page / node)),
  };
  figures.push(figure);
  const { page, node, ratio } = figure;
  const line = `${model}: page ${Math.round(page)}, Node ${Math.round(node)} images/s, ratio ${ratio.toFixed(2)}`;
  if (!values.json) console.log(line);
}
if (values.json) console.log(JSON.stringify(figures, null, 2));
await browser.close();
await studio.close();
