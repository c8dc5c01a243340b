import { basename, join, resolve } from "node:path";
import { createFolder } from "../files/folders.node.js";
import { appendTo, writeAtomically } from "../files/write-file.node.js";
import { type Run, readRun } from "../runs/run-folder.node.js";
import type { EpochMetrics } from "../train/metrics.js";
import { beginning, ending, epochRecord, eventFile, eventFileName } from "./tensorboard-events.js";

/**
 * Writes the event file of a run into a folder that TensorBoard is given (`tensorboard --logdir DIR`), replacing the
 * one that the same run left there: `DIR/<name of the run folder>/events.out.tfevents…`. What it holds is made from the run's `metrics.csv` and `run.json`.
 *
 * @returns the file's path
 * @throws InputError where it cannot be written
 * @example
 * const file = writeTensorBoard(readRun("runs/2026-11-23-142530-stn-seed0"), "logs"); // tensorboard --logdir logs
 */
export function writeTensorBoard(run: Run, directory: string): string {
  const path = eventPath(run, directory);
  writeAtomically(path, eventFile(run));
  return path;
}

/** TensorBoard shows each folder as a run of its own. */
function eventPath({ directory: run, record }: Run, directory: string): string {
  const folder = join(directory, basename(resolve(run)));
  createFolder(directory);
  createFolder(folder);
  return join(folder, eventFileName(record));
}

/** The event file of a training that goes on: an epoch at a time, so that TensorBoard can follow it. */
export class GrowingEventFile {
  readonly #path: string;
  readonly #record: Run["record"];
  readonly #metrics: EpochMetrics[];
  #size: number;

  /** Begins the file, with the epochs that the run has already. */
  constructor(
    private readonly runDirectory: string,
    directory: string,
  ) {
    const run = readRun(runDirectory);
    const { record, metrics } = run;
    this.#path = eventPath(run, directory);
    this.#record = record;
    this.#metrics = [];
    const bytes = beginning(record);
    writeAtomically(this.#path, bytes);
    this.#size = bytes.length;
    for (const epoch of metrics) this.add(epoch);
  }

  /** Adds an epoch. */
  add(epoch: EpochMetrics): void {
    this.#append(epochRecord(this.#record, this.#metrics, epoch));
    this.#metrics.push(epoch);
  }

  /** Adds what is known only at the end of the training. */
  end(): void {
    this.#append(ending(readRun(this.runDirectory)));
  }

  #append(bytes: Uint8Array): void {
    appendTo(this.#path, bytes, this.#size);
    this.#size += bytes.length;
  }
}
