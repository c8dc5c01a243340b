import type { EpochMetrics } from "../train/metrics.js";
import type { RunRecord } from "./record-codec.js";
import { isRun, readRecord, recordedMetrics } from "./run-folder.node.js";

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
  return { record, metrics: recordedMetrics(directory, record) };
}
