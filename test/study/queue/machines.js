// Studies that three workers train while one is killed, one is cut off and the server is started again.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { mayUnshare, namespaceLink, relayLink } from "./links.js";
import { startPostgres, startRedis } from "./servers.js";

const entry = fileURLToPath(new URL("../../../dist/cli/fovea.js", import.meta.url));
const workerScript = fileURLToPath(new URL("worker.js", import.meta.url));
/** Images of the built-in digits. */
export const counts = { train: 640, test: 200 };
const preload = `../../cli/few-digits.js?train=${counts.train}&test=${counts.test}`;
/** Only the study has the data: workers must get them from it. */
export const variables = {
  ...process.env,
  NODE_OPTIONS: `--import=${new URL(preload, import.meta.url)}`,
};

/**
 * @param {number} runs
 * @param {number} epochs
 */
export function manifestOf(runs, epochs = 6) {
  return {
    format: 1,
    models: ["cnn"],
    seeds: runs,
    data: "digits",
    recipe: { epochs, learningRate: 0.1, optimizer: { kind: "sgd", momentum: 0.5 } },
  };
}

/**
 * A study that one process trained undisturbed, in `folder/whole`.
 *
 * @param {string} folder
 * @param {number} runs
 * @param {number} [epochs]
 */
export function trainWhole(folder, runs, epochs) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "study.json"), JSON.stringify(manifestOf(runs, epochs)));
  const args = [entry, "study", "study.json", "--out", "whole"];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env: variables });
  if (status !== 0) throw new Error(`${stderr}`);
}

/** @typedef {{ stop: () => Promise<void>, child: import("node:child_process").ChildProcess, output: () => string }} Program */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Program}
 */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  }
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { child, output: () => output, stop };
}

/**
 * @param {string} folder
 * @param {string} out
 * @param {string} url
 * @param {string} file
 */
export function startStudy(folder, out, url, file = "study.json") {
  const args = [entry, "study", file, "--out", out, "--queue", url];
  return start(process.execPath, args, { cwd: folder, env: variables });
}

/**
 * @param {string} url
 * @param {string} name
 * @param {string} folder
 * @param {readonly string[]} command
 */
export function startWorker(url, name, folder, command = []) {
  const [program = "", ...args] = [...command, process.execPath, workerScript];
  return start(program, [...args, url, name, join(folder, name)]);
}

/**
 * Waits until something holds.
 *
 * @param {() => boolean} holds
 * @param {() => string} what
 */
export async function until(holds, what, limit = 200_000) {
  const end = performance.now() + limit;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what()}`);
    await sleep(10);
  }
}

/**
 * Trains the study of `folder` from a queue, disturbed, in `folder/KIND`.
 *
 * @param {string} folder
 * @param {"redis" | "postgres"} kind
 */
export async function trainDisturbed(folder, kind) {
  const isReal = mayUnshare();
  const links = [0, 1, 2].map((index) => (isReal ? namespaceLink(index) : relayLink()));
  const hosts = ["127.0.0.1", ...(isReal ? links.map(({ host }) => host) : [])];
  const begin = kind === "redis" ? startRedis : startPostgres;
  const server = await begin(join(folder, `${kind}-server`), hosts);
  /** @type {Program[]} */
  const programs = [];
  try {
    const study = startStudy(folder, kind, server.url());
    programs.push(study);
    const workers = [];
    for (const [at, link] of links.entries()) {
      const port = await link.open(server.port);
      const url = server.url(link.host).replace(`:${server.port}`, `:${port}`);
      workers.push(startWorker(url, `worker${at}`, join(folder, `${kind}-workers`), link.command));
    }
    programs.push(...workers);
    const [killed, cutOff, steady] = workers;
    const outputs = () => programs.map(({ output }) => output()).join("\n---\n");

    // In the middle of a run, whose first epoch is on the server.
    const dead = await keptRun(killed, outputs);
    killed.child.kill("SIGKILL");
    // Until another worker has its run, as its lock has run out, with the server started again meanwhile.
    const silent = await keptRun(cutOff, outputs);
    links[1].cut();
    await until(() => steady.output().includes(`begin ${silent} `), outputs);
    await server.restart();
    links[1].heal();
    await until(() => study.child.exitCode !== null, outputs);
    if (study.child.exitCode !== 0) throw new Error(outputs());
    return {
      isReal,
      dead,
      silent,
      steady: steady.output(),
      study: study.output(),
      outputs: outputs(),
    };
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    await server.stop();
    for (const link of links) link.remove();
  }
}

/**
 * The run that a worker is in the middle of.
 *
 * @param {Program} worker
 * @param {() => string} outputs
 */
async function keptRun({ output }, outputs) {
  let key = "";
  await until(() => {
    const line = output().trimEnd().split("\n").at(-1) ?? "";
    key = /^kept (\S+) [12]$/.exec(line)?.[1] ?? "";
    return key !== "";
  }, outputs);
  return key;
}
