// Training in the studio's page Train beside Node: images per second on the same machine, in turns.
//
//     npm run build && node bench/studio.js [--models cnn,stn] [--images 6000] [--rounds 3] [--browser PATH] [--json]
//
// Each turn trains three epochs: in Chromium as a visitor does, by the page's button, with its curves and watched images;
// in Node by the library's `train`. The last two epochs count. Prints the median and best round of both, and the median of
// the rounds' ratios.
import { chromium } from "playwright-core";
import * as fovea from "../dist/index.js";
import { serveStudio } from "../scripts/serve-studio.js";
import { wholeNumber } from "./arguments.js";
import { inTurns, printAll, readOptions } from "./beside-node.js";

const where = "bench/studio.js";
const { values, models, rounds } = readOptions(where, { rounds: "3", images: "6000" });
const images = wholeNumber(where, "--images", values.images);
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

await printAll(
  models.map((model) => ({ model })),
  ({ model }) =>
    inTurns(
      rounds,
      () => pageSpeed(model),
      () => nodeSpeed(model),
    ),
  values.json,
);
await browser.close();
await studio.close();
