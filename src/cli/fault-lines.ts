import { runFaults } from "../runs/run-faults.js";
import type { Run } from "../runs/run-folder.node.js";
import { note } from "./terminal/output.js";

/** What went wrong in a training, a line each for people; none of a healthy run. */
export function faultLines(run: Run): string[] {
  const { model, spec } = run.record;
  return runFaults(run).map(({ text }) => `warning: ${model}, seed ${spec.seed}, ${text}`);
}

/** What was left out of a run as it cannot be read, a line each for people. */
export function leftOutLines({ leftOut = [] }: Run): string[] {
  return leftOut.map((line) => `warning: ${line}`);
}

/** Writes these lines of all runs to stderr. */
export function warnOfLeftOut(runs: readonly Run[]): void {
  for (const line of runs.flatMap(leftOutLines)) note(line);
}
