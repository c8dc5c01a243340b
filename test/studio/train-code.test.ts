import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serveStudio } from "../../scripts/serve-studio.js";
import { browserPath, launchBrowser } from "./open-studio.js";

const good = `import { conv2d, defineModel, flatten, linear, relu } from "fovea";
export default defineModel("mine", (image, { classes }, { width }) => {
  const x = relu(conv2d(image, "first", { outChannels: width, kernelSize: 5, stride: 2 }));
  return linear(flatten(x), "head", { outFeatures: classes });
}, { width: 2 });
`;

/** Code that tries something, and says in the network's name what came of it. */
const trying = (attempt: string) => `import { defineModel, flatten, linear } from "fovea";
let found;
try { found = String(${attempt}); } catch (error) { found = error.name; }
export default defineModel("got." + found.replace(/\\W/g, "_").slice(0, 40), (image, { classes }) =>
  linear(flatten(image), "head", { outFeatures: classes }));
`;

/** Code is run some time after a key. */
const patient = { timeout: 15_000 };

describe.skipIf(!browserPath)("code of one's own", () => {
  let folder: string;
  let browser: Browser;
  let studio: Awaited<ReturnType<typeof serveStudio>>;
  let page: Page;
  /** Paths that anything asked of another server. */
  let asked: string[];
  const outside = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("cross-origin-resource-policy", "cross-origin");
    response.setHeader("content-type", "text/javascript");
    response.end("export default 1;");
  });
  let address: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fovea-code-"));
    studio = await serveStudio({ isolated: true });
    browser = await launchBrowser();
    await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    outside.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    asked = [];
    await page?.close();
    page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`${studio.address}#/train?model=cnn&data=digits-200-50&epochs=1`);
    await page.getByText("images of 28×28").waitFor();
  });

  const editor = () => page.getByLabel("Code of network A");
  const alert = () => page.getByRole("alert").filter({ hasText: "The editor reads JavaScript" });

  async function write(code: string): Promise<void> {
    if ((await editor().count()) === 0) {
      await page.getByRole("combobox", { name: "network" }).selectOption("own");
      await page.getByText("my-net: ").waitFor();
    }
    await editor().fill(code);
  }

  it("builds a network with options, trains it, and goes into the address as a graph", async () => {
    await write(good);
    await page.getByText("mine: 2,942 parameters").waitFor();
    await page.getByLabel("width").fill("4");
    await page.getByLabel("width").blur();
    await page.getByText("mine: 5,874 parameters").waitFor();
    await page.getByRole("button", { name: "Start" }).click();
    const end = page.locator("[data-ended]");
    await end.waitFor();
    const weights = await end.getAttribute("data-weights");
    expect(await page.locator("pre code").innerText()).toContain("fovea train ./mine.model.json");
    const link = page.url();
    expect(link).not.toContain("defineModel");
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByText("mine: 5,874 parameters").waitFor();
    await page.getByRole("button", { name: "Start" }).click();
    await end.waitFor();
    expect(await end.getAttribute("data-weights")).toBe(weights);
  });

  it("names the line of a mistake", async () => {
    await write(good.replace("relu(conv2d", "relu(convv2d"));
    await expect.poll(() => alert().innerText(), patient).toContain("line 3: ReferenceError");
    await editor().fill(good.replace("kernelSize: 5", "kernelSize: 50"));
    await expect
      .poll(() => alert().innerText(), patient)
      .toMatch(/^line 3: conv2d: expected .* in layer first/);
    await editor().fill(good.replace("=> {", "=> {{"));
    await expect.poll(() => alert().innerText(), patient).toContain("SyntaxError");
    await editor().fill(good.replace("conv2d,", "conv2d, train,"));
    await expect
      .poll(() => alert().innerText(), patient)
      .toContain("line 1: fovea: expected what networks");
    await editor().fill(`import fs from "node:fs";\n${good}`);
    await expect
      .poll(() => alert().innerText(), patient)
      .toContain('line 1: expected imports of "fovea"');
    expect(await page.getByRole("button", { name: "Start" }).isDisabled()).toBe(true);
    await editor().fill(good);
    await page.getByText("mine: 2,942 parameters").waitFor();
  });

  it("is ended where it does not end", async () => {
    await write(`${good}\nfor (;;);`);
    await expect.poll(() => alert().innerText(), patient).toContain("within 5 s");
    await editor().fill(good);
    await page.getByText("mine: 2,942 parameters").waitFor();
  });

  it("from a file is run only when the user says so", async () => {
    const file = join(folder, "net.mjs");
    writeFileSync(file, good.replace('"mine"', '"from-file"'));
    await page.getByLabel("Open the code or the model.json of network A").setInputFiles(file);
    await page.getByText("It has not been run").waitFor();
    await page.waitForTimeout(1000);
    expect(await page.getByText("from-file: ").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Start" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Run this code" }).click();
    await page.getByText("from-file: 2,942 parameters").waitFor();
  });

  it("has nothing that loads, sends or stores, and no page", async () => {
    const names = [
      ...["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "importScripts"],
      ...["indexedDB", "caches", "navigator", "Worker", "SharedWorker", "BroadcastChannel"],
      ...["document", "localStorage", "parent", "opener"],
    ];
    await write(
      trying(`${JSON.stringify(names)}.filter((name) => name in globalThis).join() || "none"`),
    );
    await page.getByText("got.none: ").waitFor();
  });

  it("reaches no server, whatever it tries, nor the page", async () => {
    // What is removed is not all that keeps it in: the policy holds without that, too.
    const tries = [
      `import("${address}/import")`,
      `import("data:text/javascript,import '${address}/data'")`,
      `Object.getPrototypeOf(globalThis).fetch?.("${address}/fetch")`,
      `new Function("return fetch('${address}/function')")()`,
      `setTimeout("fetch('${address}/timeout')")`,
    ];
    for (const [index, attempt] of tries.entries()) {
      await write(`${trying(attempt)}// ${index}`);
      await page.getByText(/got\.\w*: /).waitFor();
      await page.waitForTimeout(300);
    }
    expect(asked).toEqual([]);
    await write(trying("globalThis.origin"));
    await page.getByText("got.null: ").waitFor();
  });

  it("has a policy that keeps its worker from the network even with all of the platform's functions", async () => {
    const tried = await page.evaluate(async (target) => {
      const frame = document.createElement("iframe");
      frame.sandbox.add("allow-scripts");
      frame.src = "sandbox.html";
      const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
      document.body.append(frame);
      await loaded;
      const { port1, port2 } = new MessageChannel();
      const answer = new Promise((resolve) => {
        port1.onmessage = ({ data }) => resolve(data.text);
      });
      const script = `onmessage = async () => {
        const names = [];
        const attempt = async (name, make) => {
          try { await make(); names.push(name); } catch {}
        };
        await attempt("fetch", () => fetch("${target}/raw", { mode: "no-cors" }));
        await attempt("importScripts", () => importScripts("${target}/raw"));
        await attempt("import", () => import("${target}/raw"));
        await attempt("XMLHttpRequest", () => new Promise((resolve, reject) => {
          const request = new XMLHttpRequest();
          request.onload = resolve;
          request.onerror = reject;
          request.open("GET", "${target}/raw");
          request.send();
        }));
        await attempt("WebSocket", () => new Promise((resolve, reject) => {
          const socket = new WebSocket("${target.replace("http", "ws")}/raw");
          socket.onopen = resolve;
          socket.onerror = reject;
        }));
        await attempt("indexedDB", () => new Promise((resolve, reject) => {
          const request = indexedDB.open("stolen");
          request.onsuccess = resolve;
          request.onerror = reject;
        }));
        await attempt("storage", () => navigator.storage.getDirectory());
        await attempt("caches", () => caches.open("stolen"));
        postMessage(names.join());
      };`;
      frame.contentWindow!.postMessage({ script, request: {} }, "*", [port2]);
      return answer;
    }, address);
    expect(tried).toBe("");
    expect(asked).toEqual([]);
  });
});
