import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { summarize } from "./timed-steps.js";

const turns = 5;

/** Milliseconds from the start to the end of a Node process, the median of several. */
export async function measureProcess(args: readonly string[]): Promise<number> {
  const run = promisify(execFile);
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const started = performance.now();
    await run(process.execPath, args);
    times.push(performance.now() - started);
  }
  return summarize(times).median;
}
