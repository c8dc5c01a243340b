import { InputError } from "../errors.js";
import { metricsDigest } from "./metrics-codec.js";
import type { FileState, RunRecord } from "./record-codec.js";

/**
 * The lines of a run's `metrics.csv` that its record vouches for; all lines where it knows no checksums.
 *
 * A run that is running may have more lines than its record: the process writes on while it is read.
 *
 * @param where the file, for messages
 * @throws InputError where lines are missing, or are not those that the run wrote
 */
export function recordedLines(
  lines: readonly string[],
  { files, state: progress }: Pick<RunRecord, "files" | "state">,
  where: string,
): readonly string[] {
  if (files === undefined) return lines;
  const state = files.states.findLast(({ epoch }) => epoch <= lines.length) ?? files.states[0]!;
  checkLines(lines, state, where);
  const { epoch } = state;
  if (lines.length > epoch && progress !== "running") {
    throw new InputError(where, `${epoch} epochs, as in run.json`, `${lines.length}`);
  }
  return lines.slice(0, epoch);
}

/**
 * Checks that the first lines of a `metrics.csv` are those of a state.
 *
 * @throws InputError where they are not
 */
export function checkLines(lines: readonly string[], state: FileState, where: string): void {
  const { epoch, metrics } = state;
  if (lines.length < epoch) {
    throw new InputError(where, `${epoch} epochs, as in run.json`, `${lines.length}`);
  }
  const got = metricsDigest(lines.slice(0, epoch));
  if (got === metrics) return;
  throw new InputError(
    where,
    `the lines that its run wrote (SHA-256 ${metrics.slice(0, 12)})`,
    `others (${got.slice(0, 12)}): restore it from a copy, or train anew in another folder`,
  );
}
