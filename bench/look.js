// How long the studio's first page takes in Chromium until it can be used, and for a frame: five networks look at a digit
// that turns.
//
//     npm run build && node bench/look.js [--loads 5] [--frames 300] [--browser PATH] [--json]
//
// The start runs from the call of the address, with nothing in the browser's cache, to the frame in which all networks
// have answered to a slider that is moved as soon as they are there. Prints median and largest of all loads, and the mean
// processor time of the page's thread.
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
    loads: { type: "string", default: "5" },
    frames: { type: "string", default: "300" },
    browser: { type: "string", default: "/usr/bin/chromium" },
    json: { type: "boolean", default: false },
  },
});
const frames = wholeNumber("bench/look.js", "--frames", values.frames);
const loads = wholeNumber("bench/look.js", "--loads", values.loads);
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

/** In the page, before its own code: turns the digit once all networks are there, and keeps when that was answered. */
function measureStart() {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('[data-network="mha-batch"] .answer strong')) return;
    observer.disconnect();
    const slider = document.querySelector('.picture input[type="range"]');
    slider.value = "65";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        window.startTime = performance.now();
      }),
    );
  });
  observer.observe(document, { childList: true, subtree: true });
}

/** The start of a page in a fresh profile, ms. */
async function start() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.addInitScript(measureStart);
  await page.goto(server.address);
  await page.waitForFunction(() => window.startTime !== undefined, undefined, { timeout: 600_000 });
  const time = await page.evaluate(() => window.startTime);
  const processor = await processorTime(session);
  await context.close();
  return { time, processor };
}

/** Of the page's thread since it was opened, ms. */
async function processorTime(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
}

function percentile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

const server = await serveStudio();
const browser = await chromium.launch({ executablePath: values.browser, args: ["--no-sandbox"] });
const starts = [];
for (let load = 0; load < loads; load++) starts.push(await start());
const startTimes = starts.map(({ time }) => time).sort((a, b) => a - b);
const started = {
  median: percentile(startTimes, 0.5),
  largest: startTimes.at(-1),
  processor: starts.reduce((sum, { processor }) => sum + processor, 0) / loads,
};
if (!values.json) {
  const [median, largest, mean] = Object.values(started).map((ms) => ms.toFixed(0));
  console.log(`start: median ${median} ms, at most ${largest} ms; ${mean} ms of processor time`);
}
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
  const busyBefore = await processorTime(session);
  await page.waitForFunction((count) => window.frameTimes.length >= count, before + frames, {
    timeout: 600_000,
  });
  const times = (await page.evaluate(() => window.frameTimes)).slice(before);
  const processor = ((await processorTime(session)) - busyBefore) / times.length;
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
if (values.json) console.log(JSON.stringify({ start: started, frames: figures }, null, 2));
await browser.close();
await server.close();
