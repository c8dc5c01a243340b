// How long the studio's first page takes for a frame in Chromium: five networks look at a digit that turns.
//
//     npm run build && node bench/look.js [--frames 300] [--browser PATH] [--json]
//
// A frame's time runs from the call of its animation callback to the first task after it: the computation of all
// networks, the drawing of what is shown, style and layout of the page. Prints median and 95th percentile, once with the
// feature maps of each network; and the mean processor time of the page's thread for a frame, which other programs that
// run at the same time hardly change.
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { serveStudio } from "../scripts/serve-studio.js";
import { wholeNumber } from "./arguments.js";

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "300" },
    browser: { type: "string", default: "/usr/bin/chromium" },
    json: { type: "boolean", default: false },
  },
});
const frames = wholeNumber("bench/look.js", "--frames", values.frames);
const networks = ["cnn", "stn", "coordconv", "mha", "mha-batch"];

/** In the page, before its own code: measures every animation callback. */
function measureFrames() {
  window.frameTimes = [];
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    request((time) => {
      const start = performance.now();
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        window.frameTimes.push(performance.now() - start);
        port1.close();
      };
      callback(time);
      port2.postMessage(undefined);
    });
}

/** Of the page's thread since it was opened, ms. */
async function processorTime() {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
}

function percentile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

const server = await serveStudio();
const browser = await chromium.launch({ executablePath: values.browser, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
const session = await page.context().newCDPSession(page);
await session.send("Performance.enable", { timeDomain: "threadTicks" });
await page.addInitScript(measureFrames);
await page.goto(server.address);
await page.locator('[data-network="mha-batch"]').waitFor();
const figures = [];
for (const network of networks) {
  await page
    .locator(`[data-network="${network}"]`)
    .getByRole("button", { name: "Look inside" })
    .click();
  const before = await page.evaluate(() => window.frameTimes.length);
  const busyBefore = await processorTime();
  await page.waitForFunction((count) => window.frameTimes.length >= count, before + frames, {
    timeout: 600_000,
  });
  const times = (await page.evaluate(() => window.frameTimes)).slice(before);
  const processor = ((await processorTime()) - busyBefore) / times.length;
  const sorted = times.sort((a, b) => a - b);
  const figure = {
    inside: network,
    median: percentile(sorted, 0.5),
    p95: percentile(sorted, 0.95),
    processor,
  };
  figures.push(figure);
  if (!values.json) {
    const [median, p95, mean] = [figure.median, figure.p95, processor].map((ms) => ms.toFixed(1));
    console.log(
      `inside ${network}: median ${median} ms, 95 % below ${p95} ms a frame; ${mean} ms of processor time`,
    );
  }
}
if (values.json) console.log(JSON.stringify(figures, null, 2));
await browser.close();
await server.close();
