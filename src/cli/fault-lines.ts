import { runFaults } from "../runs/run-faults.js";
import type { Run } from "../runs/run-folder.node.js";

/** What went wrong in a training, a line each for people; none of a healthy run. */
export function faultLines(run: Run): string[] {
  const { model, spec } = run.record;
  return runFaults(run).map(({ text }) => `warning: ${model}, seed ${spec.seed}, ${text}`);
}
