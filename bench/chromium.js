// Training in Chromium beside Node: images per second on the same machine, in turns.
//
//     node bench/chromium.js [--models cnn,stn] [--threads 1,2] [--rounds 5] [--browser PATH] [--json]
//
// Each turn trains three epochs of 3,000 digits with the library's `train`, and times the last two, tests included: in
// Chromium in a worker of an isolated page, in Node on the main thread. Prints the median and best round of both, and
// the median of the rounds' ratios.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import * as fovea from "../dist/index.js";
import { items, wholeNumber } from "./arguments.js";
import { inTurns, printAll, readOptions } from "./beside-node.js";

const where = "bench/chromium.js";
const { values, models, rounds } = readOptions(where, { rounds: "5", threads: "1,2" });
const threads = items(values.threads).map((each) => wholeNumber(where, "--threads", each));

/** Images per second of the last two of three epochs. Also the page's code, as text. */
async function speed({ digits, models, train }, { model, threads }) {
  const images = 3000;
  const data = digits({ train: images, test: 500 });
  const times = [];
  const onEpoch = () => times.push(performance.now());
  await train({ model: models[model], data, epochs: 3, threads, onEpoch });
  return (2000 * images) / (times[2] - times[0]);
}

const page = `<!doctype html><script>new Worker("/worker.js", { type: "module" });</script>`;
const worker = `
import * as fovea from "/dist/index.js";
const speed = ${speed};
for (;;) {
  const task = await (await fetch("/task")).json();
  const result = await speed(fovea, task).catch((error) => String(error.stack));
  await fetch("/result", { method: "POST", body: JSON.stringify(result) });
}`;

/** Chromium's worker asks for a task, which is answered once there is one, and posts its result. */
class Browser {
  #asked;
  #tasks = [];
  #done;

  constructor() {
    this.server = createServer((request, response) => this.#answer(request, response));
    this.profile = mkdtempSync(join(tmpdir(), "fovea-chromium-"));
  }

  async open() {
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${this.server.address().port}/`;
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"];
    this.process = spawn(values.browser, [...flags, `--user-data-dir=${this.profile}`, address], {
      stdio: "ignore",
    });
  }

  run(task) {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#tasks.push(task);
      this.#send();
    });
  }

  async close() {
    const ended = new Promise((resolve) => this.process.on("exit", resolve));
    this.process.kill();
    this.server.closeAllConnections();
    this.server.close();
    await ended;
    // Chromium's helpers may write to the profile for some seconds after it has ended.
    await rm(this.profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  #send() {
    if (this.#asked === undefined || this.#tasks.length === 0) return;
    this.#asked.setHeader("content-type", "application/json");
    this.#asked.end(JSON.stringify(this.#tasks.shift()));
    this.#asked = undefined;
  }

  #answer(request, response) {
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    if (request.url === "/task") {
      this.#asked = response;
      this.#send();
    } else if (request.url === "/result") {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        response.end();
        this.#done(JSON.parse(body));
      });
    } else serve(request.url, response);
  }
}

function serve(path, response) {
  if (path === "/") return send(response, "text/html", page);
  if (path === "/worker.js") return send(response, "text/javascript", worker);
  if (!path.startsWith("/dist/")) return response.writeHead(404).end();
  const content = readFileSync(new URL(`..${path}`, import.meta.url));
  if (extname(path) === ".wasm") return send(response, "application/wasm", content);
  const module = String(content).replace(
    '"#engine-platform"',
    '"/dist/engine/platform.browser.js"',
  );
  return send(response, "text/javascript", module);
}

function send(response, type, content) {
  response.setHeader("content-type", type);
  response.end(content);
}

const browser = new Browser();
await browser.open();

async function chromiumSpeed(task) {
  const found = await browser.run(task);
  if (typeof found !== "number") throw new Error(found);
  return found;
}

await printAll(
  models.flatMap((model) => threads.map((count) => ({ model, threads: count }))),
  (task) =>
    inTurns(
      rounds,
      () => chromiumSpeed(task),
      () => speed(fovea, task),
    ),
  values.json,
);
await browser.close();
