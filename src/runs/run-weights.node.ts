import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { readBytes } from "../files/read-file.node.js";
import { sha256 } from "../sha256.js";
import { bestEpoch } from "../train/best-epoch.js";
import type { RunRecord } from "./record-codec.js";
import { changedFile, type Run, readRecord, runFiles } from "./run-folder.node.js";
import { checkpointEpoch, decodeWeights, type Weights, weightsExpected } from "./weights-codec.js";

/** Weights that a run keeps. */
export interface RunWeights {
  readonly weights: Weights;
  /** That they were saved after. */
  readonly epoch: number;
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`. */
  readonly digest: string;
}

/** How often the record and the weights are read where a training writes them at the same time. */
const mostReads = 20;

/**
 * Reads a run's weights: those that it wrote, by their checksum where its record has one and by their
 * metadata.
 *
 * @throws InputError where the file cannot be read, was changed, or is of another run
 */
export function readRunWeights(directory: string, kind: "best" | "last"): RunWeights {
  const path = runFiles(directory)[kind];
  let record = readRecord(directory);
  for (let reads = 1; ; reads++) {
    const bytes = readBytes(path, weightsExpected);
    const digest = sha256(bytes);
    const { files } = record;
    if (files === undefined || files.states.some((state) => state[kind] === digest)) {
      const weights = decodeWeights(bytes, path);
      checkMetadata(path, weights, record);
      return { weights, epoch: checkpointEpoch(path, weights), bytes, digest };
    }
    const now = readRecord(directory);
    if (lastEpoch(now) === lastEpoch(record) || reads === mostReads) {
      throw changedFile(path, files.states.at(-1)![kind] ?? "none", digest);
    }
    record = now;
  }
}

/**
 * Checks that a run has the weights of its last and its best epoch.
 *
 * @throws InputError where one is missing, was changed, or is of another epoch
 */
export function checkWeights({ directory, metrics }: Run): void {
  const epochs = { last: metrics.at(-1)?.epoch, best: bestEpoch(metrics)?.epoch };
  for (const kind of ["last", "best"] as const) {
    const { epoch } = readRunWeights(directory, kind);
    if (epoch === epochs[kind]) continue;
    const expected = `the weights of epoch ${epochs[kind]}, as in metrics.csv`;
    throw new InputError(runFiles(directory)[kind], expected, `${epoch}`);
  }
}

function lastEpoch({ files }: RunRecord): number | undefined {
  return files?.states.at(-1)?.epoch;
}

/** @throws InputError where a file of tensors is of another run */
export function checkMetadata(
  path: string,
  { metadata }: Pick<Weights, "metadata">,
  record: RunRecord,
): void {
  const wanted = [
    ["model", record.model],
    ["seed", String(record.spec.seed)],
    ["data", record.data.digest],
  ] as const;
  for (const [name, value] of wanted) {
    const got = metadata[name];
    if (got === value) continue;
    throw new InputError(
      path,
      `weights of this run, with ${name} ${excerpt(value)} in their metadata`,
      got === undefined ? "none" : excerpt(got),
    );
  }
}
