import { existsSync } from "node:fs";
import { InputError } from "../errors.js";
import { type FolderLock, lockFolder } from "../files/folder-lock.node.js";
import { createFolder, isFolder, removeIfEmpty } from "../files/folders.node.js";
import { collectPredictions } from "../inspect/predictions.js";
import { collectViews } from "../inspect/views.js";
import { bestEpoch } from "../train/best-epoch.js";
import { endsEarly } from "../train/early-stop.js";
import { lossWarningText } from "../train/loss-watch.js";
import { testBest } from "../train/test-result.js";
import { trainEpochs } from "../train/train-epochs.js";
import { beginRecord } from "./begin-record.node.js";
import { type CheckedRecord, EpochFiles } from "./epoch-files.node.js";
import { withEpochs } from "./new-record.js";
import { writePredictions } from "./predictions-file.node.js";
import type { RunRecord } from "./record-codec.js";
import {
  checkpointOf,
  type Recording,
  type RecordTrainingOptions,
  recordingOf,
} from "./recording.js";
import { emptyStart, resumedStart, type Start } from "./resume-run.node.js";
import { isRun, type Run, readRun, runFiles, writeModel, writeRecord } from "./run-folder.node.js";
import { readRunWeights } from "./run-weights.node.js";
import { encodeState } from "./state-codec.js";
import { withEndedPart } from "./training-parts.js";
import { writeViews } from "./views-file.node.js";
import { encodeCheckpoint } from "./weights-codec.js";

/** What computes; the tests put their own in place. */
export interface Trainer {
  /** As `train`, without the test images at the end. */
  readonly train: typeof trainEpochs;
  /** What the trained model does with some test images. */
  readonly collectViews: typeof collectViews;
  /** What it says of all of them. */
  readonly collectPredictions: typeof collectPredictions;
}

/**
 * Trains a model and keeps everything in a run folder: `run.json`, `metrics.csv`,
 * `best.safetensors` (lowest validation loss, the first epoch in ties), `last.safetensors`, where the recipe keeps more
 * than the weights `state.safetensors`, and at the end `views.json`, `predictions.safetensors` and, with `validation`, the
 * result on the test images.
 *
 * However the process ends, `resume` continues after its last epoch and the run becomes the one
 * that was never interrupted; `EpochFiles` says why. The folder is locked meanwhile.
 *
 * @returns the run as it is on the disk
 * @throws the signal's reason where it aborted before the first step
 * @throws InputError where the folder cannot be written, another process writes to it, it holds a run already,
 * or another run than the one to be resumed, or files of that are missing or were changed; nothing is
 * written then
 * @example
 * const recipe = { epochs: 1, seed: 0, batchSize: 64, learningRate: 0.01 };
 * const run = await recordTraining({ model: models.stn, data, ...recipe, directory: "runs/stn-seed0" });
 * console.log(run.metrics.at(-1)?.validationAccuracy);
 */
export async function recordTraining(
  options: RecordTrainingOptions,
  trainer: Trainer = { train: trainEpochs, collectViews, collectPredictions },
): Promise<Run> {
  const { directory } = options;
  options.signal?.throwIfAborted();
  const isNew = !isFolder(directory);
  createFolder(directory);
  try {
    const lock = lockFolder(directory);
    try {
      return await recordInFolder(recordingOf(options), trainer, lock);
    } finally {
      lock.release();
    }
  } finally {
    // It is empty where the training ended before its first step.
    if (isNew) removeIfEmpty(directory);
  }
}

/**
 * Checks that a run can be resumed with these settings, without writing anything.
 *
 * @throws InputError as `recordTraining` does with `resume`
 */
export function checkResumable(options: RecordTrainingOptions): void {
  resumedStart(recordingOf(options));
}

async function recordInFolder(
  options: Recording,
  trainer: Trainer,
  lock: FolderLock,
): Promise<Run> {
  const { directory, epochs, patience } = options;
  const start = options.resume ? resumedStart(options) : newStart(directory);
  const isDone = start.metrics.length >= epochs || endsEarly(start.metrics, patience);
  const isStopped = start.metrics.length > 0 && (await options.stopAfter?.(start.metrics));
  const record =
    isDone || isStopped
      ? preparedRecord(options, start)
      : await trainOn(options, start, trainer, lock);
  lock.check();
  const { weights, digest: weightsDigest } = readRunWeights(directory, "best");
  const views = await trainer.collectViews(options.model, options.data, weights.parameters);
  const digest = writeViews(runFiles(directory).views, views);
  const { metrics } = readRun(directory);
  const isComplete = metrics.length >= epochs || endsEarly(metrics, patience);
  if (isComplete) {
    const { model, data, batchSize, threads } = options;
    const settings = { batchSize, ...(threads !== undefined && { threads }) };
    const predictions = await trainer.collectPredictions(model, data, weights.parameters, settings);
    lock.check();
    const source = { weights: weightsDigest, data: data.digest };
    writePredictions(runFiles(directory).predictions, predictions, source);
  }
  const best = { epoch: bestEpoch(metrics)!.epoch, parameters: weights.parameters };
  const isScored = isComplete && options.heldOut !== undefined;
  const test = isScored && (record.test ?? (await testBest(options, best)));
  writeRecord(directory, {
    ...withEpochs(record, epochs),
    files: { ...record.files, views: digest },
    ...(test && { test }),
    state: isComplete ? "done" : "stopped",
  });
  return readRun(directory);
}

function newStart(directory: string): Start {
  if (!isRun(directory)) return emptyStart(directory);
  throw new InputError(directory, "a folder without a run", "one with run.json");
}

/** The record of a run that has all the epochs that are wanted. */
function preparedRecord(options: Recording, start: Start): CheckedRecord {
  start.prepare();
  if (start.note !== undefined) options.onNote?.(start.note);
  return checkedRecord(options, start, start.record!);
}

/**
 * Trains what is left of a run.
 *
 * @returns the record with the state of its files, as of its last epoch
 */
async function trainOn(
  options: Recording,
  start: Start,
  trainer: Trainer,
  lock: FolderLock,
): Promise<CheckedRecord> {
  const { directory, threads, onProgress, stopAfter } = options;
  const metrics = [...start.metrics];
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  let files: EpochFiles | undefined;
  await trainer.train({
    ...trainingOptions(options),
    ...{ threads, signal, onProgress },
    resume: start.weights && {
      epoch: start.weights.epoch,
      parameters: start.weights.weights.parameters,
      history: start.metrics,
      ...(start.trainingState && { state: start.trainingState }),
    },
    onStart: (engine) => {
      signal?.throwIfAborted();
      const record = beginRecord(options, engine, start.record, metrics.length);
      lock.check();
      start.prepare();
      files = new EpochFiles(directory, lock, start.lines, checkedRecord(options, start, record));
      if (start.note !== undefined) options.onNote?.(start.note);
      options.onStart?.(engine, metrics.length);
    },
    onWarning: (warning) =>
      options.onNote?.(`warning: ${options.model.name}: ${lossWarningText(warning)}`),
    onEpoch: async (epoch, parameters, trainingState) => {
      metrics.push(epoch);
      const about = checkpointOf(options, epoch.epoch);
      const weights = encodeCheckpoint(parameters, about);
      const state = trainingState && encodeState(trainingState, about);
      files!.write({ metrics: epoch, weights, state, isBest: bestEpoch(metrics) === epoch });
      options.onEpoch?.(epoch);
      if (await stopAfter?.(metrics)) stop.abort();
    },
  });
  const { record } = files!;
  const parts = withEndedPart(record.parts);
  return { ...record, ...(parts && { parts }) };
}

/** A record with the checksums of the files as a start has prepared them; writes the model where it is missing. */
function checkedRecord(
  { directory, model }: Recording,
  { state }: Start,
  record: RunRecord,
): CheckedRecord {
  const known = existsSync(runFiles(directory).model) ? record.files?.model : undefined;
  const digest = known ?? writeModel(directory, { ...model, name: record.model });
  return { ...record, files: { model: digest, states: [state] } };
}

function trainingOptions(options: Recording) {
  const { model, data, epochs, seed, batchSize, learningRate, sections, heldOut, patience } =
    options;
  const { initial } = options;
  const chosen = {
    ...(initial && { initial }),
    ...(heldOut !== undefined && { validation: heldOut }),
    ...(patience && { patience }),
  };
  return { model, data, epochs, seed, batchSize, learningRate, ...chosen, ...sections };
}
