import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type Browser, type BrowserContextOptions, devices, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveStudio } from "../../scripts/serve-studio.js";
import { accessibilityFaults, browserPath, faultsOf, launchBrowser } from "./open-studio.js";

const networks = ["cnn", "stn", "coordconv", "mha", "mha-batch"];
const assets = new URL("../../dist/studio/assets/", import.meta.url);

describe("the built studio", () => {
  it("loads less than 300 kB, gzipped, without data and weights", () => {
    const code = readdirSync(assets).filter((name) => /^(index|Look|legacy|.*\.css)/.test(name));
    expect(code.length).toBeGreaterThan(2);
    // Browsers load one of the two builds of the kernels.
    const kernels = readdirSync(assets).filter((name) => name.endsWith(".wasm"));
    const size = (name: string) => gzipSync(readFileSync(new URL(name, assets))).length;
    const largest = Math.max(...kernels.map(size));
    const total = code.reduce((sum, name) => sum + size(name), largest);
    expect(total).toBeLessThan(300_000);
  });

  it("has weights of less than 400 kB", () => {
    const [weights] = readdirSync(assets).filter((name) => name.endsWith(".safetensors"));
    expect(readFileSync(new URL(weights!, assets)).length).toBeLessThan(400_000);
  });
});

describe.skipIf(!browserPath)("the Look page", () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serveStudio>>;

  beforeAll(async () => {
    server = await serveStudio({ isolated: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Runs a test on the page, which must have no fault in the end. */
  async function onPage(
    test: (page: Page) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    try {
      const page = await context.newPage();
      const faults = faultsOf(page, server.address);
      await page.goto(server.address);
      await page.locator('[data-network="mha-batch"]').waitFor();
      await test(page);
      expect(faults).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const reads = (page: Page, network: string) =>
    page.locator(`[data-network="${network}"] .answer strong`).innerText();
  const allRead = (page: Page, digit: string) =>
    expect
      .poll(() => Promise.all(networks.map((name) => reads(page, name))), { timeout: 20_000 })
      .toEqual(networks.map(() => digit));

  /** Draws lines between points, as parts of the pad's side. */
  async function draw(page: Page, points: readonly (readonly [number, number])[]): Promise<void> {
    const box = (await page.getByRole("application", { name: /^Drawing/ }).boundingBox())!;
    const at = ([x, y]: readonly [number, number]) =>
      [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...at(points[0]!));
    await page.mouse.down();
    for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 8 });
    await page.mouse.up();
  }

  const seven = [
    [0.3, 0.24],
    [0.68, 0.24],
    [0.45, 0.78],
  ] as const;

  it("reads a seven that is drawn with the mouse", async () => {
    await onPage(async (page) => {
      await draw(page, seven);
      await allRead(page, "7");
      await page.getByRole("button", { name: "Clear" }).click();
      await draw(page, [
        [0.5, 0.2],
        [0.5, 0.8],
      ]);
      await allRead(page, "1");
    });
  });

  it("reads a one that is drawn, turned and opened with the keyboard alone", async () => {
    await onPage(async (page) => {
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
      const until = async (name: RegExp) => {
        for (let presses = 0; presses < 200; presses++) {
          await page.keyboard.press("Tab");
          if (name.test((await focused()) ?? "")) return;
        }
        throw new Error(`no focus on ${name}`);
      };
      const times = async (key: string, count: number) => {
        for (let at = 0; at < count; at++) await page.keyboard.press(key);
      };
      await until(/^Drawing/);
      await times("ArrowUp", 9);
      await page.keyboard.press("Space");
      await times("ArrowDown", 18);
      await page.keyboard.press("Space");
      await allRead(page, "1");
      await page.getByLabel("rotate", { exact: true }).focus();
      await times("ArrowRight", 5);
      expect(await page.getByLabel("rotate", { exact: true }).inputValue()).toBe("5");
      await until(/^Move the frame/);
      await times("ArrowRight", 3);
      expect(await page.getByRole("button", { name: "Let it look itself" }).isEnabled()).toBe(true);
      await until(/row 15, column 15 asks/);
      await times("ArrowUp", 2);
      expect(await focused()).toContain("row 13, column 15");
      await until(/^conv1 conv 5×5/);
      await times("ArrowRight", 3);
      await page.keyboard.press("Enter");
      await page.getByRole("region", { name: "How a value came about" }).waitFor();
      await expect
        .poll(() => page.getByRole("heading", { level: 3 }).innerText())
        .toMatch(/^conv1, map 1, row 1, column 4 = /);
    });
  });

  it("says what is wrong with a broken file, and goes on", async () => {
    await onPage(async (page) => {
      const drop = (name: string, bytes: number[]) =>
        page.evaluate(
          ([name, bytes]) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([Uint8Array.from(bytes as number[])], name as string));
            document.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
          },
          [name, bytes] as const,
        );
      const alert = page.getByRole("alert").filter({ hasText: "expected" });
      await drop("notes.png", [1, 2, 3]);
      await alert.waitFor();
      expect(await alert.innerText()).toContain(
        "notes.png: expected a PNG, JPEG, BMP, PGM or PPM picture, got other bytes",
      );
      await drop("half.png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
      await expect.poll(() => alert.innerText()).toContain("half.png: ");
      await page.getByRole("button", { name: "Close" }).click();
      expect(await alert.count()).toBe(0);
      await draw(page, seven);
      await allRead(page, "7");
    });
  });

  it("reads a picture that is dropped, dark on light and of another size", async () => {
    await onPage(async (page) => {
      await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(300, 200);
        const context = canvas.getContext("2d")!;
        context.fillStyle = "#eee";
        context.fillRect(0, 0, 300, 200);
        context.lineWidth = 12;
        context.strokeStyle = "#222";
        context.beginPath();
        context.moveTo(120, 40);
        context.lineTo(190, 40);
        context.lineTo(150, 160);
        context.stroke();
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([await canvas.convertToBlob()], "seven.png"));
        document.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
      });
      await allRead(page, "7");
    });
  });

  it("changes what the batch's network reads with its company, and nothing else", async () => {
    await onPage(async (page) => {
      const bars = (name: string) =>
        page.locator(`[data-network="${name}"] .value`).allInnerTexts();
      const before = await Promise.all([bars("mha-batch"), bars("mha")]);
      const shares = page.locator('[data-network="mha-batch"] .batch figcaption');
      expect(await shares.count()).toBe(8);
      await page.getByRole("button", { name: "All out" }).click();
      await expect.poll(() => shares.allInnerTexts()).toEqual(["100 %"]);
      await page.getByLabel("noise", { exact: true }).fill("0.5");
      const alone = await bars("mha-batch");
      await page.getByRole("button", { name: "Add one" }).click();
      await page.getByRole("button", { name: "Add one" }).click();
      await expect.poll(() => shares.count()).toBe(3);
      await expect.poll(() => bars("mha-batch")).not.toEqual(alone);
      await page.getByRole("button", { name: "Undo all" }).click();
      await expect.poll(() => bars("mha")).toEqual(before[1]);
    });
  });

  it("lets the frame be dragged, and gives it back", async () => {
    await onPage(async (page) => {
      const words = page.locator('[data-network="stn"] .words');
      const own = await words.innerText();
      const handle = page.getByRole("button", { name: /^Turn and size/ });
      const box = (await handle.boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(box.x - 30, box.y - 10, { steps: 5 });
      await page.mouse.up();
      await expect.poll(() => words.innerText()).toMatch(/turned \d+°/);
      await page.getByRole("button", { name: "Let it look itself" }).click();
      await expect.poll(() => words.innerText()).toBe(own);
    });
  });

  it("turns the digit until it is touched", async () => {
    await onPage(
      async (page) => {
        const angle = page.getByLabel("rotate", { exact: true });
        const first = await angle.inputValue();
        await expect.poll(() => angle.inputValue(), { timeout: 20_000 }).not.toBe(first);
        await draw(page, seven);
        expect(await angle.inputValue()).toBe("0");
        await allRead(page, "7");
      },
      { reducedMotion: "no-preference" },
    );
  });

  it.each([
    ["a desktop", { width: 1280, height: 900 }],
    ["a phone", { width: 390, height: 844 }],
  ] as const)("moves nothing that stands: %s", async (_, viewport) => {
    await onPage(
      async (page) => {
        const shifts = () =>
          page.evaluate(
            () =>
              new Promise<number>((resolve) => {
                new PerformanceObserver((list) => {
                  const entries = list.getEntries() as (PerformanceEntry & { value: number })[];
                  resolve(entries.reduce((sum, { value }) => sum + value, 0));
                }).observe({ type: "layout-shift", buffered: true });
                // Without any shift there is no call.
                setTimeout(() => resolve(0), 1000);
              }),
          );
        expect(await shifts()).toBeLessThan(0.02);
      },
      { viewport, reducedMotion: "no-preference" },
    );
  });

  const widerThanItsWindow = (page: Page) =>
    page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );

  it("is accessible in light, dark and high contrast", async () => {
    await onPage(async (page) => {
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await accessibilityFaults(page, "color-contrast")).toEqual([]);
      await page.emulateMedia({ colorScheme: "light", contrast: "more" });
      expect(await accessibilityFaults(page, "color-contrast")).toEqual([]);
      expect(await widerThanItsWindow(page)).toBeLessThanOrEqual(0);
    });
  });

  it("is accessible on a phone", async () => {
    await onPage(
      async (page) => {
        expect(await accessibilityFaults(page)).toEqual([]);
        expect(await widerThanItsWindow(page)).toBeLessThanOrEqual(0);
      },
      { ...devices["iPhone 13"], reducedMotion: "reduce" },
    );
  });
});
