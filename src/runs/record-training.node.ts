import { existsSync } from "node:fs";
import type { Dataset } from "../data/dataset.js";
import { largestClass } from "../data/largest-class.js";
import { KERNEL_REVISION } from "../engine/build.js";
import { InputError } from "../errors.js";
import { countParameters } from "../graph/graph.js";
import { graphHash } from "../graph/graph-codec.js";
import { type Model, type ModelSource, modelFor } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { collectViews } from "../inspect/views.js";
import { bestEpoch } from "../train/best-epoch.js";
import type { EpochMetrics, TrainProgress } from "../train/metrics.js";
import { type EngineInfo, train } from "../train/train.js";
import { describeMachine, describeVersions } from "./machine.node.js";
import { appendMetrics, createMetrics, readMetrics, trimMetrics } from "./metrics-file.node.js";
import { checkParameters } from "./recognize-model.js";
import type { RunRecord } from "./record-codec.js";
import {
  createFolder,
  isFolder,
  isRun,
  type Run,
  readRecord,
  readRun,
  removeIfEmpty,
  runFiles,
  writeModel,
  writeRecord,
} from "./run-folder.node.js";
import { type RunSpec, runSpecDigest } from "./run-spec.js";
import { withEndedPart, withNewPart } from "./training-parts.js";
import { writeViews } from "./views-file.node.js";
import { checkpointEpoch, encodeCheckpoint, type Weights } from "./weights-codec.js";
import { readWeights } from "./weights-file.node.js";
import { writeAtomically } from "./write-atomically.node.js";

export interface RecordTrainingOptions {
  /** The run folder; created where it is not there. */
  readonly directory: string;
  readonly model: ModelSource;
  readonly data: Dataset;
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Worker threads; the trainer's default where undefined. */
  readonly threads?: number;
  /** Go on with the run in `directory`. Otherwise a folder that holds a run is refused. */
  readonly resume?: boolean;
  /** When it aborts, the current epoch is finished and kept. */
  readonly signal?: AbortSignal;
  /** Called once before the first step, with the epochs that the run has already. */
  readonly onStart?: (engine: EngineInfo, epochsDone: number) => void;
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Called after each epoch, when its files are written. */
  readonly onEpoch?: (metrics: EpochMetrics) => void;
}

/** What computes; the tests put their own in place. */
export interface Trainer {
  readonly train: typeof train;
  readonly collectViews: typeof collectViews;
}

/**
 * Trains a model and keeps everything in a run folder: `run.json`, `metrics.csv`,
 * `best.safetensors` (lowest validation loss, the first epoch in ties), `last.safetensors` and at
 * the end `views.json`.
 *
 * However the process ends, `resume` goes on from `last.safetensors` and the run becomes the one
 * that was never interrupted. An epoch's files are written in this order: its line of metrics, last
 * weights, best weights. What a line is ahead of the last weights is trimmed on resuming, and best
 * weights that are behind are the last weights.
 *
 * @returns the run as it is on the disk
 * @throws the signal's reason where it aborted before the first step
 * @throws InputError where the folder cannot be written, holds a run already, or holds another run
 * than the one to be resumed, or misses files of it; nothing is written then
 */
export async function recordTraining(
  options: RecordTrainingOptions,
  trainer: Trainer = { train, collectViews },
): Promise<Run> {
  const { directory } = options;
  options.signal?.throwIfAborted();
  const isNew = !isFolder(directory);
  createFolder(directory);
  try {
    return await recordInFolder(resolved(options), trainer);
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
  continueRun(resolved(options));
}

/** The options with the model built for the data. */
interface Recording extends RecordTrainingOptions {
  readonly model: Model;
}

function resolved(options: RecordTrainingOptions): Recording {
  return { ...options, model: modelFor("recordTraining", options.model, options.data) };
}

async function recordInFolder(options: Recording, trainer: Trainer): Promise<Run> {
  const { directory, epochs } = options;
  const files = runFiles(directory);
  const start = options.resume ? continueRun(options) : startRun(options);
  const metrics = [...start.metrics];
  if (metrics.length >= epochs) start.prepare();

  if (metrics.length < epochs) {
    await trainer.train({
      ...trainingOptions(options),
      threads: options.threads,
      resume: start.resume,
      signal: options.signal,
      onProgress: options.onProgress,
      onStart: (engine) => {
        options.signal?.throwIfAborted();
        const record = beginRecord(options, engine, start);
        start.prepare();
        writeModel(directory, options.model);
        writeRecord(directory, record);
        options.onStart?.(engine, metrics.length);
      },
      onEpoch: (epoch, parameters) => {
        metrics.push(epoch);
        const weights = encodeCheckpoint(parameters, checkpoint(options, epoch.epoch));
        appendMetrics(files.metrics, epoch);
        writeAtomically(files.last, weights);
        if (bestEpoch(metrics) === epoch) writeAtomically(files.best, weights);
        options.onEpoch?.(epoch);
      },
    });
  }
  if (metrics.length > 0) {
    const { parameters } = readWeights(files.best);
    writeViews(files.views, await trainer.collectViews(options.model, options.data, parameters));
  }
  const state = metrics.length < epochs ? "stopped" : "done";
  const record = withEpochs(readRecord(directory), epochs);
  const hasTrained = metrics.length > start.metrics.length;
  const parts = hasTrained ? withEndedPart(record.parts) : record.parts;
  writeRecord(directory, { ...record, ...(parts && { parts }), state });
  return readRun(directory);
}

interface Start {
  /** Undefined where the run has not begun. */
  readonly record?: RunRecord;
  readonly metrics: readonly EpochMetrics[];
  readonly resume?: { readonly epoch: number; readonly parameters: NamedTensors };
  /** Brings the run's files to this start; called after the last check, as it writes. */
  readonly prepare: () => void;
}

function startRun({ directory }: Recording): Start {
  if (isRun(directory))
    throw new InputError(directory, "a folder without a run", "one with run.json");
  return { metrics: [], prepare: () => createMetrics(runFiles(directory).metrics) };
}

function continueRun(options: Recording): Start {
  const { directory, model } = options;
  const files = runFiles(directory);
  const record = readRecord(directory);
  checkSameRun(options, record);
  const found = readMetrics(files.metrics, record.data.testCount);
  if (!existsSync(files.last)) {
    // A kill in the first epoch leaves its metrics alone; best weights come after the last ones.
    if (found.length > 1 || existsSync(files.best)) {
      const expected = `the weights of epoch ${found.length} to resume this run`;
      throw new InputError(files.last, expected, "no such file or folder");
    }
    return { record, metrics: [], prepare: () => createMetrics(files.metrics) };
  }
  const last = readWeights(files.last);
  const epoch = checkpointEpoch(files.last, last);
  if (epoch > options.epochs) {
    throw new InputError(directory, `--epochs to be ${epoch} or more`, `${options.epochs}`);
  }
  checkParameters(files.last, last, model);
  if (found.length < epoch) {
    throw new InputError(files.metrics, `${epoch} epochs, as last.safetensors`, `${found.length}`);
  }
  const metrics = found.slice(0, epoch);
  const best = missingBest(options, metrics, last);
  return {
    record,
    metrics,
    resume: { epoch, parameters: last.parameters },
    prepare: () => {
      trimMetrics(files.metrics, epoch);
      if (best) writeAtomically(files.best, best);
    },
  };
}

/** The best weights where they are the last, as a kill may have come between the two. */
function missingBest(
  options: Recording,
  metrics: readonly EpochMetrics[],
  last: Weights,
): Uint8Array | undefined {
  const files = runFiles(options.directory);
  const best = bestEpoch(metrics)!.epoch;
  if (best === metrics.length) {
    return encodeCheckpoint(last.parameters, checkpoint(options, best));
  }
  const found = checkpointEpoch(files.best, readWeights(files.best));
  if (found !== best) throw new InputError(files.best, `the weights of epoch ${best}`, `${found}`);
  return undefined;
}

function checkSameRun(options: Recording, { model, spec, data }: RunRecord): void {
  const { directory, seed, batchSize, learningRate } = options;
  const compared = [
    ["model", describe(model, spec.model), describe(options.model.name, hashOf(options))],
    ["seed", spec.seed, seed],
    ["batch size", spec.recipe.batchSize, batchSize],
    ["learning rate", spec.recipe.learningRate, learningRate],
    ["data", describe(data.name, data.digest), describe(options.data.name, options.data.digest)],
  ];
  for (const [what, recorded, asked] of compared) {
    if (recorded !== asked) {
      throw new InputError(directory, `${what} ${recorded} to resume this run`, `${asked}`);
    }
  }
}

/** The record of a run that begins now, or is resumed. */
function beginRecord(
  options: Recording,
  engine: EngineInfo,
  { record: previous, metrics: { length: epochsDone } }: Start,
): RunRecord {
  if (!previous) return createRecord(options, engine);
  checkEngine(options.directory, previous, engine);
  const { threads } = engine;
  const parts = withNewPart(previous, { firstEpoch: epochsDone + 1, threads });
  const record = withEpochs(previous, options.epochs);
  return { ...record, threads, ...(parts && { parts }), state: "running" };
}

/** A run keeps one build and revision of the engine, because another one rounds differently. */
function checkEngine(directory: string, { spec }: RunRecord, engine: EngineInfo): void {
  const own = engineOf(engine);
  for (const key of ["build", "shards", "revision"] as const) {
    if (own[key] === spec.engine[key]) continue;
    const expected = `engine ${key} ${spec.engine[key]} to resume this run`;
    throw new InputError(directory, expected, `${own[key]} here`);
  }
}

function withEpochs(record: RunRecord, epochs: number): RunRecord {
  const spec = { ...record.spec, recipe: { ...record.spec.recipe, epochs } };
  return { ...record, spec, digest: runSpecDigest(spec) };
}

function createRecord(options: Recording, engine: EngineInfo): RunRecord {
  const { data, model } = options;
  const spec = specOf(options, engine);
  return {
    format: 2,
    model: model.name,
    spec,
    digest: runSpecDigest(spec),
    data: {
      name: data.name,
      source: data.source,
      digest: data.digest,
      channels: data.channels,
      rows: data.rows,
      columns: data.columns,
      classes: data.classes,
      ...(data.classNames && { classNames: [...data.classNames] }),
      mean: data.mean,
      std: data.std,
      trainCount: data.train.count,
      testCount: data.test.count,
      largestClass: largestClass(data.test),
    },
    parameters: countParameters(model.graph),
    versions: describeVersions(),
    threads: engine.threads,
    parts: withNewPart(undefined, { firstEpoch: 1, threads: engine.threads })!,
    machine: describeMachine(),
    started: new Date().toISOString(),
    state: "running",
  };
}

function specOf(options: Recording, engine: EngineInfo): RunSpec {
  const { data, epochs, seed, batchSize, learningRate } = options;
  return {
    format: 1,
    model: hashOf(options),
    data: { digest: data.digest, mean: data.mean, std: data.std },
    split: { validation: "test" },
    recipe: { epochs, batchSize, learningRate },
    seed,
    engine: engineOf(engine),
  };
}

function engineOf({ build, shards }: EngineInfo): RunSpec["engine"] {
  return { build, shards, revision: KERNEL_REVISION };
}

function hashOf({ model }: Recording): string {
  return graphHash(model.graph);
}

function trainingOptions(options: Recording) {
  const { model, data, epochs, seed, batchSize, learningRate } = options;
  return { model, data, epochs, seed, batchSize, learningRate };
}

function checkpoint({ model, seed, data }: Recording, epoch: number) {
  return { model: model.name, epoch, seed, data: data.digest };
}

function describe(name: string, digest: string): string {
  return `${name} (${digest.slice(0, 12)})`;
}
