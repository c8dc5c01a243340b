// Command lines as a user types them, in this process or in one of its own.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../dist/cli/program.js";
import { fewImages } from "./tiny-runs.js";

/** No command on tiny data may take so long, milliseconds. */
export const STUCK = 60_000;

/**
 * What a command ended with.
 *
 * @typedef {{ code: number | null, stdout: string, stderr: string }} Answer
 */

const entry = fileURLToPath(new URL("../../dist/cli/fovea.js", import.meta.url));

fewImages();

/**
 * Runs a command line in this process.
 *
 * @param {readonly string[]} args
 * @returns {Promise<Answer>}
 */
export async function runCommand(args) {
  const answer = { stdout: "", stderr: "" };
  const streams = /** @type {const} */ (["stdout", "stderr"]);
  const writes = streams.map((stream) => process[stream].write);
  for (const stream of streams) {
    process[stream].write = (/** @type {any} */ text) => {
      answer[stream] += text;
      return true;
    };
  }
  process.exitCode = 0;
  await runProgram(args);
  const code = Number(process.exitCode);
  process.exitCode = 0;
  streams.forEach((stream, index) => {
    process[stream].write = /** @type {any} */ (writes[index]);
    // Each command adds one.
    process[stream].removeAllListeners("error");
  });
  return { ...answer, code };
}

/**
 * Runs a command line in a process of its own.
 *
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} fault for `preload.js`
 * @param {number} [killAfter] milliseconds, after which it gets a real `kill -9`
 * @returns {Promise<Answer & { signal: string | null }>}
 */
export function spawnCommand(args, fault = {}, killAfter) {
  const preload = new URL("preload.js", import.meta.url);
  for (const [name, value] of Object.entries(fault)) preload.searchParams.set(name, value);
  const child = spawn(process.execPath, [`--import=${preload}`, entry, ...args], {
    timeout: STUCK,
    killSignal: "SIGTERM",
  });
  const timer =
    killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
  const answer = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => {
    answer.stdout += text;
  });
  child.stderr.on("data", (text) => {
    answer.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ ...answer, code, signal });
    });
  });
}

/**
 * Whether a command was refused as people are told: exit code 2, one line at the end of stderr, no stack.
 *
 * @param {Answer} answer
 */
export function isRefusal({ code, stderr }) {
  const lines = stderr.trimEnd().split("\n");
  return (
    code === 2 &&
    /^fovea[^:]*: .*expected .+, got .+/.test(lines.at(-1) ?? "") &&
    !lines.some((line) => /^\s+at /.test(line))
  );
}

/**
 * The lines that say what was wrong without ending the command.
 *
 * @param {Answer} answer
 */
export function warnings({ stderr }) {
  return stderr.split("\n").filter((line) => line.startsWith("warning: "));
}

/**
 * An answer on one line, for messages.
 *
 * @param {Answer} answer
 */
export function shown({ code, stdout, stderr }) {
  return JSON.stringify({ code, stdout: stdout.slice(-200), stderr: stderr.slice(-1500) });
}
