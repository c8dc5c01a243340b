import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  digits,
  type ModelName,
  modelNames,
  type NamedTensors,
  type TrainOptions,
  train,
} from "../../src/index.js";
import { models } from "../../src/models/index.js";

const root = new URL("../../", import.meta.url);

/** What is trained on both sides. */
const data = { train: 480, test: 100 };
const settings = { epochs: 1, seed: 5, learningRate: 0.05 } satisfies Partial<TrainOptions>;

/** What one side found for a model. */
interface Outcome {
  readonly build: string;
  readonly loss: number;
  readonly sha256: string;
}

/** Runs in a worker of the page, because a page's own thread may not wait. */
const workerCode = `
import { digits, modelNames, train } from "/dist/index.js";

async function sha256(parameters) {
  const values = [...parameters.values()].flatMap(({ values }) => [...values]);
  const digest = await crypto.subtle.digest("SHA-256", Float32Array.from(values));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function outcomes() {
  const data = digits(${JSON.stringify(data)});
  const found = { digest: data.digest };
  for (const model of modelNames) {
    const options = { model, data, threads: 2, ...${JSON.stringify(settings)} };
    const { engine, epochs, parameters } = await train(options);
    const loss = epochs[0].validationLoss;
    found[model] = { build: engine.build, loss, sha256: await sha256(parameters) };
  }
  return found;
}

const result = await outcomes().catch((error) => ({ error: String(error.stack) }));
await fetch("/result", { method: "POST", body: JSON.stringify(result) });
`;

const pages: Readonly<Record<string, readonly [type: string, body: string]>> = {
  "/": [
    "text/html",
    '<!doctype html><script>new Worker("/worker.js", { type: "module" })</script>',
  ],
  "/worker.js": ["text/javascript", workerCode],
};

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** The pages and `dist/`, where the platform import leads to the browser's as a bundler does it. */
function serve(onResult: (result: string) => void): Server {
  return createServer((request, response) => {
    const path = request.url ?? "/";
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    if (request.method === "POST") {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => onResult(body));
      response.end();
      return;
    }
    const page = pages[path];
    const type = page?.[0] ?? types[extname(path)];
    if (type === undefined || (page === undefined && !path.startsWith("/dist/"))) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("content-type", type);
    response.end(page?.[1] ?? distFile(path));
  });
}

function distFile(path: string): Buffer | string {
  const content = readFileSync(new URL(`.${path}`, root));
  if (!path.endsWith(".js")) return content;
  return content.toString().replace('"#engine-platform"', '"/dist/engine/platform.browser.js"');
}

/** Debian's Chromium, or Chrome, on the path. */
function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const browser = findBrowser();
if (!browser) {
  if (process.env.FOVEA_REQUIRE_DATA) throw new Error("browser tests: expected chromium, got none");
  console.warn("chromium is not on the path: the tests in a browser are left out");
}

describe.skipIf(!browser)("Chromium", () => {
  let profile: string;
  let server: Server;
  let chromium: ChildProcess;
  let found: Readonly<Record<ModelName, Outcome>> & { readonly digest: string };

  beforeAll(async () => {
    profile = mkdtempSync(join(tmpdir(), "fovea-browser-"));
    const result = await new Promise<string>((resolve, reject) => {
      server = serve(resolve).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"];
        const address = `http://127.0.0.1:${port}/`;
        chromium = spawn(browser!, [...flags, `--user-data-dir=${profile}`, address], {
          stdio: "ignore",
        });
        chromium.on("error", reject);
        chromium.on("exit", (code) => reject(new Error(`chromium ended with ${code}`)));
      });
    });
    found = JSON.parse(result);
  });

  afterAll(async () => {
    server?.close();
    if (chromium && chromium.exitCode === null) {
      const ended = new Promise((resolve) => chromium.on("exit", resolve));
      chromium.kill();
      await ended;
    }
    // Chromium's helpers may write to the profile for some seconds after it has ended.
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  it("has the same images as Node, with the same SHA-256", () => {
    expect(found).not.toHaveProperty("error");
    expect(found.digest).toBe(digits(data).digest);
  });

  it.each(modelNames)("trains %s to the same bits as Node", async (model) => {
    expect(found).not.toHaveProperty("error");
    const { engine, epochs, parameters } = await train({
      model: models[model],
      data: digits(data),
      threads: 1,
      ...settings,
    });
    // Builds round differently; a machine whose Node and Chromium run different ones tells nothing.
    expect(found[model]!.build).toBe(engine.build);
    expect(found[model]).toEqual({
      build: engine.build,
      loss: epochs[0]!.validationLoss,
      sha256: sha256(parameters),
    });
  });
});

function sha256(parameters: NamedTensors): string {
  const hash = createHash("sha256");
  for (const { values } of parameters.values()) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}
