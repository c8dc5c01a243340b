import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serveStudio } from "../../scripts/serve-studio.js";
import { browserPath, faultsOf } from "./open-studio.js";

/** A camera that shows a moving test picture, and a user who allows it. */
const camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/** An IDX file of bytes: its sizes, then its values. */
function idx(sizes: readonly number[], values: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.set([0, 0, 0x08, sizes.length]);
  for (const [at, size] of sizes.entries()) head.writeUInt32BE(size, 4 + 4 * at);
  return Buffer.concat([head, values]);
}

describe.skipIf(!browserPath)("files and a camera of one's own", () => {
  let folder: string;
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof serveStudio>>;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fovea-own-files-"));
    studio = await serveStudio({ isolated: true });
    browser = await chromium.launch({
      executablePath: browserPath!,
      args: ["--no-sandbox", "--disable-gpu", ...camera],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
    page.setDefaultTimeout(30_000);
    faults = faultsOf(page, studio.address);
  });
  afterEach(async () => {
    expect(faults).toEqual([]);
    await page.context().close();
  });

  async function openTrain(): Promise<void> {
    await page.goto(`${studio.address}#/train?data=digits-20-10&model=lenet`);
    await page.getByText("20 + 10 images of 28×28").waitFor();
  }

  /** Drags files of this machine to a point of the page, and drops them, as a hand does. */
  async function drop(files: readonly string[], x: number, y: number): Promise<void> {
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: [...files], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      await session.send("Input.dispatchDragEvent", { type, x, y, data });
    }
  }

  function pictures(name: string): string {
    const root = join(folder, name);
    for (const [label, level] of [
      ["dark", 40],
      ["light", 200],
    ] as const) {
      mkdirSync(join(root, label), { recursive: true });
      for (let index = 0; index < 6; index++) {
        const data = new Uint8Array(144).fill(level + index);
        const png = encode({ width: 12, height: 12, data, channels: 1, depth: 8 });
        writeFileSync(join(root, label, `${index}.png`), png);
      }
    }
    return root;
  }

  it("reads a folder that is dropped anywhere on the page Train", async () => {
    await openTrain();
    await drop([pictures("dropped")], 900, 500);
    await page.getByText("10 + 2 images of 12×12, 2 classes").waitFor();
    expect(page.url()).toContain("data=dropped");
  });

  it("keeps every page where a file is dropped on it", async () => {
    const text = join(folder, "notes.txt");
    writeFileSync(text, "no picture");
    for (const name of ["look", "train", "runs", "learn"]) {
      await page.goto(`${studio.address}#/${name}`);
      await page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
      await drop([text], 600, 400);
      await page.waitForTimeout(300);
      expect(page.url()).toContain(`${studio.address}#/${name}`);
    }
  });

  it("reads the four IDX files that are chosen by hand", async () => {
    const root = join(folder, "idx");
    mkdirSync(root);
    const sets = { train: 12, t10k: 4 };
    const files = Object.entries(sets).flatMap(([name, count]) => {
      const pixels = Uint8Array.from({ length: count * 144 }, (_, at) => (at * 7) % 256);
      const labels = Uint8Array.from({ length: count }, (_, at) => at % 3);
      const paths = [`${name}-images-idx3-ubyte`, `${name}-labels-idx1-ubyte`];
      writeFileSync(join(root, paths[0]!), idx([count, 12, 12], pixels));
      writeFileSync(join(root, paths[1]!), idx([count], labels));
      return paths.map((path) => join(root, path));
    });
    await openTrain();
    await page.getByRole("combobox", { name: "images" }).selectOption("files");
    await page.getByLabel("Choose files of images").setInputFiles(files);
    await page.getByText("12 + 4 images of 12×12").waitFor();
  });

  it("takes a picture with the camera, and lets go of it", async () => {
    await page.goto(studio.address);
    await page.locator('[data-network="mha-batch"]').waitFor();
    const before = await page.getByRole("application", { name: /^Drawing/ }).screenshot();
    await page.getByRole("button", { name: "Camera" }).click();
    const video = page.getByLabel("Camera", { exact: true });
    await expect
      .poll(() => video.evaluate((each) => (each as HTMLVideoElement).videoWidth))
      .toBeGreaterThan(0);
    await page.getByRole("button", { name: "Take it" }).click();
    await video.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Camera" }).waitFor();
    const after = await page.getByRole("application", { name: /^Drawing/ }).screenshot();
    expect(after.equals(before)).toBe(false);
  });

  it("says why there is no camera picture", async () => {
    await page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException("Permission denied", "NotAllowedError");
      };
    });
    await page.goto(studio.address);
    await page.locator('[data-network="mha-batch"]').waitFor();
    await page.getByRole("button", { name: "Camera" }).click();
    await page.getByText("No camera picture: Permission denied. Allow the camera").waitFor();
  });
});
