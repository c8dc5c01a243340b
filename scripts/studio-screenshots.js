// The pictures of the studio in docs/figures:
//
//     npm run build && node scripts/studio-screenshots.js [--browser /usr/bin/chromium]
//
// Taken in Chromium from the built page, without movement, so that they are alike each time.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { indexedPng } from "./indexed-png.js";
import { serveStudio } from "./serve-studio.js";

const { values } = parseArgs({
  options: { browser: { type: "string", default: "/usr/bin/chromium" } },
});
const figures = fileURLToPath(new URL("../docs/figures/", import.meta.url));
const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

/** Names, sizes, colours, and what is done to the page first. */
const pictures = [
  { name: "studio-look", viewport: desktop, colorScheme: "light", prepare: turn },
  { name: "studio-look-dark", viewport: desktop, colorScheme: "dark", prepare: turn },
  { name: "studio-look-phone", viewport: phone, colorScheme: "light", prepare: turn },
  { name: "studio-look-sum", viewport: desktop, colorScheme: "light", prepare: openSum },
];

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

const server = await serveStudio();
const browser = await chromium.launch({ executablePath: values.browser, args: ["--no-sandbox"] });
for (const { name, viewport, colorScheme, prepare } of pictures) {
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
