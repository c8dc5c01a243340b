import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toFloat32 } from "../../src/formats/float32.js";
import { digits, models, predict } from "../../src/index.js";
import { readClassifier, recordTraining, writeWebPage } from "../../src/node.js";
import { float16Bits } from "../../src/web/float16.js";
import { findBrowser } from "../find-browser.js";

let folder: string;
const data = digits({ train: 200, test: 40 });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fovea-page-"));
  const recipe = { epochs: 1, seed: 1, batchSize: 20, learningRate: 0.05, threads: 1 };
  await recordTraining({ directory: join(folder, "stn"), model: models.stn, data, ...recipe });
  const wide = { directory: join(folder, "wide"), model: models.wide, data };
  await recordTraining({ ...wide, ...recipe, data: digits({ train: 20, test: 10 }) });
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

describe("a page with a network", () => {
  it("is one file under 400 kB that names nothing to load", () => {
    const { file, bytes, remark } = writeWebPage(join(folder, "stn"), join(folder, "page"));
    expect(bytes).toBe(statSync(file).size);
    expect(bytes).toBeLessThan(400_000);
    expect(remark).toBeUndefined();
    const text = readFileSync(file, "utf8");
    expect(text).toContain("default-src 'none'");
    expect(text.replaceAll("http://www.w3.org/", "")).not.toMatch(/(src|href)=|https?:\/\//);
  });

  it("has float16 weights where float32 would be too large, and says so", () => {
    const { bytes, remark } = writeWebPage(join(folder, "wide"), join(folder, "wide-page"));
    expect(remark).toMatch(/^its [\d,]+ weights are float16, as float32 takes more than 400 kB$/);
    expect(bytes).toBeLessThan(400_000);
  });

  it("does not replace a page unless it is asked to", () => {
    const write = (force: boolean) =>
      writeWebPage(join(folder, "stn"), join(folder, "page"), { force });
    expect(() => write(false)).toThrow("expected no page there yet");
    expect(write(true).bytes).toBeGreaterThan(0);
  });
});

describe("float16Bits", () => {
  it("rounds to the nearest, ties to even, as the reader of float16 says", () => {
    const back = (bits: number) =>
      toFloat32({ dtype: "F16", shape: [1], values: Uint16Array.of(bits) })!.values[0]!;
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -65000, max: 65000 }), (value) => {
        const bits = float16Bits(value);
        const error = Math.abs(back(bits) - value);
        for (const near of [bits - 1, bits + 1]) {
          if ((near & 0x7c00) === 0x7c00 || near < 0 || (near ^ bits) & 0x8000) continue;
          const other = Math.abs(back(near) - value);
          expect(error <= other).toBe(true);
          if (error === other) expect(bits % 2).toBe(0);
        }
      }),
      { numRuns: 2000 },
    );
    for (let bits = 0; bits < 0x7c00; bits += 7) expect(float16Bits(back(bits))).toBe(bits);
    expect([Infinity, -Infinity, 65520, Number.NaN].map(float16Bits)).toEqual([
      0x7c00, 0xfc00, 0x7c00, 0x7e00,
    ]);
  });
});

const browser = findBrowser();
if (!browser && process.env.FOVEA_REQUIRE_DATA) {
  throw new Error("browser tests: expected chromium, got none");
}

describe.skipIf(!browser)("Chromium", () => {
  /** Gives the page a picture, as a person who chooses a file, and writes down what it answers. */
  const chooser = (png: string) => `<script type="module">
const bytes = Uint8Array.from(atob("${png}"), (character) => character.charCodeAt(0));
const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
while (document.body.dataset.state !== "ready") await later(20);
const files = new DataTransfer();
files.items.add(new File([bytes], "picture.png", { type: "image/png" }));
const input = document.getElementById("file");
input.files = files.files;
input.dispatchEvent(new Event("change"));
while (document.getElementById("sure").textContent === "") await later(20);
document.body.dataset.state = "answered";
</script>`;

  /** The page's document after it has answered, opened from the disk. */
  function answered(name: string, png: Uint8Array): string {
    const text = readFileSync(join(folder, "page", "index.html"), "utf8");
    const file = join(folder, `${name}.html`);
    writeFileSync(file, text + chooser(Buffer.from(png).toString("base64")));
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"];
    const own = [`--user-data-dir=${join(folder, `profile-${name}`)}`];
    const waits = ["--virtual-time-budget=20000"];
    const { stdout } = spawnSync(browser!, [...flags, ...own, ...waits, `file://${file}`], {
      encoding: "utf8",
      timeout: 60_000,
      maxBuffer: 2 ** 26,
    });
    expect(stdout).toContain('data-state="answered"');
    return stdout;
  }

  const idText = (page: string, id: string) =>
    new RegExp(`id="${id}"[^>]*>([^<]*)<`).exec(page)?.[1];

  it("answers as predict does, to a picture of another size that is dark on light", async () => {
    const values = new Uint8Array(120 * 90).fill(240);
    for (let row = 20; row < 100; row++) values.fill(10, row * 90 + 40, row * 90 + 50);
    const picture = { rows: 120, columns: 90, channels: 1, values };
    const classifier = readClassifier(join(folder, "stn"));
    const [found] = await predict(classifier, [picture], { threads: 1 });
    const png = encode({ width: 90, height: 120, data: values, channels: 1, depth: 8 });
    const page = answered("dark", png);
    expect(idText(page, "answer")).toBe(found!.class);
    expect(idText(page, "sure")).toBe(`${(found!.probability! * 100).toFixed(1)} %`);
    expect(found!.isInverted).toBe(true);
    expect(idText(page, "note")).toContain("Dark on light");
    expect(page).not.toContain('id="after" hidden');
  });
});
