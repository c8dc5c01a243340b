import { existsSync } from "node:fs";
import { canonicalJson } from "../canonical-json.js";
import { InputError } from "../errors.js";
import { writeAtomically } from "../files/write-file.node.js";
import { counted } from "../numbers.js";
import { sha256 } from "../sha256.js";
import { bestEpoch } from "../train/best-epoch.js";
import type { EpochMetrics } from "../train/metrics.js";
import { isStateful, recipeNames, recipeOf } from "../train/recipe.js";
import { dependsOnLength } from "../train/schedules/scheduled-steps.js";
import { evaluatedWeights, type TrainingState } from "../train/training-state.js";
import { metricsDigest, parseMetrics, repairedLines } from "./metrics-codec.js";
import { readLines, readMetricsText, writeMetrics } from "./metrics-file.node.js";
import { checkParameters } from "./recognize-model.js";
import { type FileState, type RunRecord, validationCount } from "./record-codec.js";
import { checkLines } from "./recorded-lines.js";
import { checkpointOf, hashOf, type Recording } from "./recording.js";
import { changedFile, readRecord, runFiles } from "./run-folder.node.js";
import { heldOutOf, initialDigest, sectionsOf } from "./run-spec.js";
import { type RunState, readRunState } from "./run-state.node.js";
import { type RunWeights, readRunWeights } from "./run-weights.node.js";
import { decodeWeights, encodeCheckpoint } from "./weights-codec.js";

/** Where a training begins. */
export interface Start {
  /** Undefined where the run has not begun. */
  readonly record?: RunRecord;
  readonly metrics: readonly EpochMetrics[];
  /** The lines of the epochs. */
  readonly lines: readonly string[];
  /** The checksums of the files once they are prepared. */
  readonly state: FileState;
  /** Absent where no epoch is done. */
  readonly weights?: RunWeights;
  /** What else the training goes on from. */
  readonly trainingState?: TrainingState;
  /** What was repaired, in a line for people. */
  readonly note?: string;
  /** Brings the run's files to this start; called after the last check, as it writes. */
  readonly prepare: () => void;
}

/** The start of a run without epochs. */
export function emptyStart(directory: string, record?: RunRecord): Start {
  const { metrics } = runFiles(directory);
  return {
    ...(record && { record }),
    metrics: [],
    lines: [],
    state: { epoch: 0, metrics: metricsDigest([]) },
    prepare: () => writeMetrics(metrics, []),
  };
}

/**
 * Where a run resumes: after the epoch of its state, where its recipe keeps one, else of its last weights.
 *
 * @throws InputError where the run is another one than asked for, or one of its files is missing, was
 *   changed, or is not of the same epochs as the others
 */
export function resumedStart(options: Recording): Start {
  const { directory, model } = options;
  const files = runFiles(directory);
  const record = readRecord(directory);
  checkSameRun(options, record);
  if (!existsSync(files.last)) {
    checkSameInitial(options, record);
    return startWithoutWeights(directory, record);
  }
  const { weights, state, isBehind } = lastOf(options, record);
  const { epoch } = weights;
  if (epoch > options.epochs) {
    throw new InputError(directory, `epochs to be ${epoch} or more`, `${options.epochs}`);
  }
  checkParameters(files.last, weights.weights, model);
  const states = record.files?.states;
  const recorded = states?.find(({ last }) => last === weights.digest);
  if (recorded && recorded.epoch !== epoch) {
    throw new InputError(files.last, `the weights of epoch ${recorded.epoch}`, `${epoch}`);
  }
  const { lines, note } = recorded
    ? { lines: firstLines(files.metrics, recorded), note: undefined }
    : uncheckedLines(files.metrics, epoch, validationCount(record));
  const metrics = parseMetrics(lines, validationCount(record), files.metrics);
  const bestNumber = bestEpoch(metrics)!.epoch;
  const best = keptBest(directory, bestNumber, weights, states);
  return {
    record,
    metrics,
    lines,
    state: {
      epoch,
      metrics: metricsDigest(lines),
      ...(state && { state: state.digest }),
      last: weights.digest,
      best: best ?? weights.digest,
    },
    weights,
    ...(state && { trainingState: state.state }),
    ...(note !== undefined && { note }),
    prepare: () => {
      writeMetrics(files.metrics, lines);
      if (isBehind) writeAtomically(files.last, weights.bytes);
      if (best === undefined) writeAtomically(files.best, weights.bytes);
    },
  };
}

/** The last weights of a run, and its state where its recipe keeps one. */
interface LastOfRun {
  readonly weights: RunWeights;
  readonly state?: RunState;
  /** Whether the weights are not yet in their file, as a kill came between the two. */
  readonly isBehind: boolean;
}

function lastOf(options: Recording, record: RunRecord): LastOfRun {
  const { directory, sections } = options;
  const weights = readRunWeights(directory, "last");
  if (!isStateful(recipeOf("recordTraining", sections))) return { weights, isBehind: false };
  const state = readRunState(directory, record);
  if (state.epoch === weights.epoch) return { weights, state, isBehind: false };
  const parameters = evaluatedWeights(state.state);
  const bytes = encodeCheckpoint(parameters, checkpointOf(options, state.epoch));
  const digest = sha256(bytes);
  const path = runFiles(directory).state;
  if (!record.files?.states.some((each) => each.state === state.digest && each.last === digest)) {
    throw new InputError(path, `the state of epoch ${weights.epoch}`, `${state.epoch}`);
  }
  const written = { weights: decodeWeights(bytes, path), epoch: state.epoch, bytes, digest };
  return { weights: written, state, isBehind: true };
}

/** A kill in the first epoch leaves no weights; its line of metrics may stand already. */
function startWithoutWeights(directory: string, record: RunRecord): Start {
  const files = runFiles(directory);
  const states = record.files?.states;
  const epochs = states ? states.at(-1)!.epoch : readLines(files.metrics).length;
  const kept = states ? states[0]!.epoch : epochs - 1;
  if (kept > 0 || existsSync(files.best)) {
    const expected = `the weights of epoch ${epochs} to resume this run`;
    throw new InputError(files.last, expected, "no such file or folder");
  }
  return emptyStart(directory, record);
}

function firstLines(path: string, state: FileState): readonly string[] {
  const lines = readLines(path);
  checkLines(lines, state, path);
  return lines.slice(0, state.epoch);
}

/** The lines of a run whose record knows no checksums: as they stand, else those that can be told. */
function uncheckedLines(
  path: string,
  epochs: number,
  validationTotal: number,
): Pick<Start, "lines" | "note"> {
  try {
    const lines = readLines(path);
    if (lines.length < epochs) {
      throw new InputError(path, `${epochs} epochs, as last.safetensors`, `${lines.length}`);
    }
    parseMetrics(lines, validationTotal, path);
    return { lines: lines.slice(0, epochs) };
  } catch (error) {
    if (!(error instanceof InputError) || !existsSync(path)) throw error;
    const lines = repairedLines(readMetricsText(path), epochs, validationTotal);
    if (lines === undefined) throw error;
    return {
      lines,
      note: `${path}: two processes wrote to it; repaired from its whole lines of ${counted(epochs, "epoch")}`,
    };
  }
}

/**
 * The SHA-256 of the best weights where they stand; undefined where they are the last ones, as a kill
 * came between the two.
 */
function keptBest(
  directory: string,
  epoch: number,
  last: RunWeights,
  states: readonly FileState[] | undefined,
): string | undefined {
  const { best: path } = runFiles(directory);
  const isLast = epoch === last.epoch;
  if (isLast && !existsSync(path)) return undefined;
  const found = readRunWeights(directory, "best");
  if (found.epoch === epoch) {
    if (isLast && found.digest !== last.digest) {
      throw changedFile(path, last.digest, found.digest);
    }
    return found.digest;
  }
  const isBehind = states === undefined || states[0]!.best === found.digest;
  if (isLast && isBehind && found.epoch < epoch) return undefined;
  throw new InputError(path, `the weights of epoch ${epoch}`, `${found.epoch}`);
}

function checkSameRun(options: Recording, { model, spec, data }: RunRecord): void {
  const { directory, seed, batchSize, learningRate } = options;
  const compared: [string, string | number, string | number][] = [
    ["model", describe(model, spec.model), describe(options.model.name, hashOf(options))],
    ["seed", spec.seed, seed],
    ["batch size", spec.recipe.batchSize, batchSize],
    ["learning rate", spec.recipe.learningRate, learningRate],
    ["data", describe(data.name, data.digest), describe(options.data.name, options.data.digest)],
  ];
  compared.push(
    ["validation", imagesText(heldOutOf(spec)), imagesText(options.heldOut)],
    ["patience", spec.recipe.patience ?? "none", options.patience ?? "none"],
  );
  const recorded = sectionsOf(spec);
  for (const name of recipeNames) {
    compared.push([name, sectionText(recorded[name]), sectionText(options.sections[name])]);
  }
  const { schedule } = recipeOf("recordTraining", options.sections);
  if (dependsOnLength(schedule)) {
    const what = `epochs of its ${schedule.kind} schedule`;
    compared.push([what, spec.recipe.epochs, options.epochs]);
  }
  for (const [what, recorded, asked] of compared) {
    if (recorded !== asked) {
      throw new InputError(directory, `${what} ${recorded} to resume this run`, `${asked}`);
    }
  }
}

/** A run that has not finished an epoch begins again with the weights that it began with. */
function checkSameInitial({ directory, initial }: Recording, { spec }: RunRecord): void {
  const digestText = (digest: string | undefined) => digest?.slice(0, 12) ?? "none";
  const given = digestText(initial && initialDigest(initial));
  const recorded = digestText(spec.initial);
  if (given === recorded) return;
  throw new InputError(directory, `initial weights ${recorded} to resume this run`, given);
}

function imagesText(heldOut: number | undefined): string {
  return heldOut === undefined ? "on the test images" : `on ${counted(heldOut, "image")} held out`;
}

/** A section of a recipe in the words of its options. */
function sectionText(section: unknown): string {
  return section === undefined ? "the default" : canonicalJson(section);
}

function describe(name: string, digest: string): string {
  return `${name} (${digest.slice(0, 12)})`;
}
