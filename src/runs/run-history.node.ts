import type { EpochMetrics } from "../train/metrics.js";
import { parseMetrics } from "./metrics-codec.js";
import { readLines } from "./metrics-file.node.js";
import { type RunRecord, validationCount } from "./record-codec.js";
import { recordedLines } from "./recorded-lines.js";
import { isRun, readRecord, runFiles } from "./run-folder.node.js";

/** What a run is, and its epochs so far. */
export interface RunHistory {
  readonly record: RunRecord;
  readonly metrics: readonly EpochMetrics[];
}

/**
 * Reads a run without its network and weights, which a recorded run does not have.
 *
 * @returns undefined where it has not begun
 * @throws InputError where its files are not as they must be
 */
export function readHistory(directory: string): RunHistory | undefined {
  if (!isRun(directory)) return undefined;
  const record = readRecord(directory);
  const { metrics: path } = runFiles(directory);
  const lines = recordedLines(readLines(path), record, path);
  return { record, metrics: parseMetrics(lines, validationCount(record), path) };
}
