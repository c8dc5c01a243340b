import type { FolderLock } from "../files/folder-lock.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import { sha256 } from "../sha256.js";
import type { EpochMetrics } from "../train/metrics.js";
import { formatEpoch, metricsDigest } from "./metrics-codec.js";
import { appendMetrics } from "./metrics-file.node.js";
import type { FileState, RunRecord } from "./record-codec.js";
import { runFiles, writeRecord } from "./run-folder.node.js";

/** What an epoch leaves. */
export interface FinishedEpoch {
  readonly metrics: EpochMetrics;
  /** The bytes of its weights. */
  readonly weights: Uint8Array;
  /** The bytes of what else the training goes on from; undefined where that is nothing. */
  readonly state: Uint8Array | undefined;
  /** Whether they are the best so far. */
  readonly isBest: boolean;
}

/** A record that knows the checksums of its files. */
export type CheckedRecord = RunRecord & Required<Pick<RunRecord, "files">>;

/**
 * The files of a run that change with each epoch.
 *
 * They are written in this order: the record with the checksums of the files before the epoch and after it,
 * the line of metrics, the state where the recipe keeps one, the last weights, the best weights. Wherever a kill comes,
 * each file is one of the two that the record names. The state, which contains the last weights, or else the last
 * weights say which epoch a resumed run starts from; a line that is ahead of them is trimmed, last weights that are
 * behind are those of the state, and best weights that are behind are the last.
 */
export class EpochFiles {
  readonly #lines: string[];
  #record: CheckedRecord;

  /**
   * @param lines of `metrics.csv`
   * @param record with the one state that the files have
   */
  constructor(
    private readonly directory: string,
    private readonly lock: FolderLock,
    lines: readonly string[],
    record: CheckedRecord,
  ) {
    this.#lines = [...lines];
    this.#record = record;
    writeRecord(directory, record);
  }

  /** The record, with the one state that the files have. */
  get record(): CheckedRecord {
    return this.#record;
  }

  /** Writes what an epoch leaves. */
  write({ metrics, weights, state, isBest }: FinishedEpoch): void {
    const before = this.#record.files.states.at(-1)!;
    const line = formatEpoch(metrics);
    const digest = sha256(weights);
    const after: FileState = {
      epoch: metrics.epoch,
      metrics: metricsDigest([...this.#lines, line]),
      ...(state && { state: sha256(state) }),
      last: digest,
      best: isBest ? digest : before.best,
    };
    this.lock.check();
    writeRecord(this.directory, this.#withStates([before, after]));
    const files = runFiles(this.directory);
    appendMetrics(files.metrics, line, this.#lines);
    this.#lines.push(line);
    if (state) writeAtomically(files.state, state);
    writeAtomically(files.last, weights);
    if (isBest) writeAtomically(files.best, weights);
    this.#record = this.#withStates([after]);
  }

  #withStates(states: FileState[]): CheckedRecord {
    return { ...this.#record, files: { ...this.#record.files, states } };
  }
}
