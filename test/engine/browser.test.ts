import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModelName, NamedTensors, TrainOptions } from "../../src/index.js";
import * as fovea from "../../src/index.js";
import { models } from "../../src/models/index.js";
import { findBrowser } from "../find-browser.js";
import { everyOp } from "./every-op.js";

const { digits, classifierNames, train } = fovea;

const root = new URL("../../", import.meta.url);

/** What is trained on both sides. */
const data = { train: 480, test: 100 };
const settings = { epochs: 1, seed: 5, learningRate: 0.05 } satisfies Partial<TrainOptions>;

/** The result of one side for a model. */
interface Outcome {
  readonly build: string;
  readonly threads: number;
  readonly loss: number;
  readonly sha256: string;
}

/** What pages import. */
const commonCode = `
import * as fovea from "/dist/index.js";
const { digits, models, train } = fovea;

const everyOp = (${everyOp.toString()})(fovea);

export const data = digits(${JSON.stringify(data)});

async function sha256(parameters) {
  const values = [...parameters.values()].flatMap(({ values }) => [...values]);
  const digest = await crypto.subtle.digest("SHA-256", Float32Array.from(values));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function outcome(model, options) {
  const settings = ${JSON.stringify(settings)};
  const { engine, epochs, parameters } = await train({
    ...{ model: models[model] ?? everyOp, data, ...settings, ...options },
  });
  const loss = epochs[0].validationLoss;
  return { build: engine.build, threads: engine.threads, loss, sha256: await sha256(parameters) };
}

/** How many threads a training has by default, and what is said where two are asked for. */
export async function threadsOf(model) {
  const refused = await outcome(model, { threads: 2 }).catch(({ name, message }) => ({ name, message }));
  return { trained: await outcome(model, {}), refused };
}

export async function tell(name, find) {
  const result = await find().catch((error) => ({ error: String(error.stack) }));
  await fetch(\`/result/\${name}\`, { method: "POST", body: JSON.stringify(result) });
}
`;

/** Trains every model on two threads. */
const everyModel = `
import { classifierNames } from "/dist/index.js";
import { data, outcome } from "/common.js";

export async function find() {
  const found = { digest: data.digest };
  for (const model of [...classifierNames, "every-op"]) found[model] = await outcome(model, { threads: 2 });
  return found;
}
`;

const defaults = `
import { threadsOf } from "/common.js";
export const find = () => threadsOf("cnn");
`;

/** Pages in turn. Those named plain are not cross-origin isolated: their memory cannot be sent to workers. */
const visits = [
  { name: "isolated-worker", worker: true, code: everyModel },
  { name: "isolated-page", worker: false, code: defaults },
  { name: "plain-worker", worker: true, code: defaults },
  { name: "plain-page", worker: false, code: defaults },
];

/** A page's HTML, and the module that its own thread or its worker runs. */
function pagesOf({ name, worker, code }: (typeof visits)[number], next: string | undefined) {
  const goOn = next === undefined ? "" : `location.href = "/${next}";`;
  const start = worker
    ? `new Worker("/${name}.js", { type: "module" }).onmessage = () => { ${goOn} };`
    : `import "/${name}.js"; ${goOn}`;
  const done = worker ? 'postMessage("done");' : "";
  const module = `${code} import { tell } from "/common.js"; await tell("${name}", find); ${done}`;
  return {
    [`/${name}`]: ["text/html", `<!doctype html><script type="module">${start}</script>`],
    [`/${name}.js`]: ["text/javascript", module],
  } as const;
}

const pages: Readonly<Record<string, readonly [type: string, body: string]>> = Object.assign(
  { "/common.js": ["text/javascript", commonCode] },
  ...visits.map((visit, at) => pagesOf(visit, visits[at + 1]?.name)),
);

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** The pages and `dist/`, where the platform import leads to the browser's as a bundler does it. */
function serve(onResult: (name: string, result: string) => void): Server {
  return createServer((request, response) => {
    const path = request.url ?? "/";
    if (!path.startsWith("/plain")) {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    if (request.method === "POST") {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => onResult(path.slice("/result/".length), body));
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

const browser = findBrowser();
if (!browser) {
  if (process.env.FOVEA_REQUIRE_DATA) throw new Error("browser tests: expected chromium, got none");
  console.warn("chromium is not on the path: the tests in a browser are left out");
}

describe.skipIf(!browser)("Chromium", () => {
  let profile: string;
  let server: Server;
  let chromium: ChildProcess;
  const found = new Map<string, unknown>();

  beforeAll(async () => {
    profile = mkdtempSync(join(tmpdir(), "fovea-browser-"));
    await new Promise<void>((resolve, reject) => {
      server = serve((name, result) => {
        found.set(name, JSON.parse(result));
        if (found.size === visits.length) resolve();
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo;
        const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"];
        const address = `http://127.0.0.1:${port}/${visits[0]!.name}`;
        chromium = spawn(browser!, [...flags, `--user-data-dir=${profile}`, address], {
          stdio: "ignore",
        });
        chromium.on("error", reject);
        chromium.on("exit", (code) => reject(new Error(`chromium ended with ${code}`)));
      });
    });
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

  /** What Node finds on one thread. */
  async function inNode(model: ModelName | "every-op"): Promise<Outcome> {
    const { engine, epochs, parameters } = await train({
      model: model === "every-op" ? everyOp(fovea) : models[model],
      data: digits(data),
      threads: 1,
      ...settings,
    });
    const { build, threads } = engine;
    return { build, threads, loss: epochs[0]!.validationLoss, sha256: sha256(parameters) };
  }

  it("has the same images as Node, with the same SHA-256", () => {
    expect(found.get("isolated-worker")).toMatchObject({ digest: digits(data).digest });
  });

  it.each([...classifierNames, "every-op"] as const)(
    "trains %s on two threads to the same bits as Node",
    async (model) => {
      const outcomes = found.get("isolated-worker") as Record<string, Outcome>;
      expect(outcomes).not.toHaveProperty("error");
      const expected = await inNode(model);
      // Builds round differently, so nothing is compared where Node and Chromium run different ones.
      expect(outcomes[model]!.build).toBe(expected.build);
      expect(outcomes[model]).toEqual({ ...expected, threads: 2 });
    },
  );

  const headers =
    "a page with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  const worker = "a call from a worker, as this thread of the page may not wait";

  it.each([
    ["isolated-page", worker],
    ["plain-worker", headers],
    ["plain-page", `${headers}, and ${worker}`],
  ])("%s: trains on one thread by default, and says what two need", async (name, needed) => {
    expect(found.get(name)).toEqual({
      trained: await inNode("cnn"),
      refused: {
        name: "InputError",
        message: `engine: expected threads to be 1 here (more need ${needed}), got 2`,
      },
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
