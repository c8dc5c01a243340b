import { InputError } from "../../src/errors.js";
import { graphHash } from "../../src/graph/graph-codec.js";
import type { Model } from "../../src/graph/model.js";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { completeLines, metricsDigest, parseMetrics } from "../../src/runs/metrics-codec.js";
import { decodeModel } from "../../src/runs/model-codec.js";
import {
  decodeRecord,
  type FileState,
  type RunRecord,
  validationCount,
} from "../../src/runs/record-codec.js";
import { checkLines } from "../../src/runs/recorded-lines.js";
import { sectionsOf } from "../../src/runs/run-spec.js";
import { type DecodedState, decodeState } from "../../src/runs/state-codec.js";
import { decodeWeights, encodeCheckpoint } from "../../src/runs/weights-codec.js";
import { sha256 } from "../../src/sha256.js";
import { bestEpoch } from "../../src/train/best-epoch.js";
import type { EpochMetrics } from "../../src/train/metrics.js";
import { isStateful, recipeOf } from "../../src/train/recipe.js";
import { evaluatedWeights, type TrainingState } from "../../src/train/training-state.js";
import type { RunFiles } from "./run-files.js";

/** Where a kept run goes on. */
export interface KeptStart {
  readonly record: RunRecord;
  readonly model: Model;
  readonly epoch: number;
  readonly metrics: readonly EpochMetrics[];
  readonly lines: readonly string[];
  /** Checksums of the files as of this epoch. */
  readonly state: FileState;
  /** Undefined where no epoch is done. */
  readonly weights?: {
    readonly last: NamedTensors;
    readonly best: NamedTensors;
    readonly trainingState?: TrainingState;
  };
}

/**
 * Where a run goes on: after the last epoch whose files are whole. Files that a closed tab left behind are brought up.
 *
 * @throws InputError where a file is missing, or is none that the run wrote
 */
export async function keptStart(files: RunFiles): Promise<KeptStart> {
  const { name } = files;
  const { record } = decodeRecord(await needed(files, "run.json"), `${name}/run.json`);
  const model = await recordedModel(files, record);
  const states = record.files?.states ?? [];
  const isKeepingState = isStateful(recipeOf("run", sectionsOf(record.spec)));
  const found = isKeepingState
    ? await lastByState(files, record, states)
    : await lastByWeights(files, states);
  if (found === undefined) {
    if ((states[0]?.epoch ?? 0) > 0)
      throw new InputError(name, "the weights of its last epoch", "none");
    const state = { epoch: 0, metrics: metricsDigest([]) };
    return { record, model, epoch: 0, metrics: [], lines: [], state };
  }
  const { state, bytes, trainingState } = found;
  const where = `${name}/metrics.csv`;
  const lines = completeLines(await needed(files, "metrics.csv"), where);
  checkLines(lines, state, where);
  const own = lines.slice(0, state.epoch);
  const metrics = parseMetrics(own, validationCount(record), where);
  const best = await bestWeights(files, state, metrics, bytes);
  await files.write("last.safetensors", bytes);
  return {
    ...{ record, model, epoch: state.epoch, metrics, lines: own, state },
    weights: {
      last: decodeWeights(bytes, `${name}/last.safetensors`).parameters,
      best: decodeWeights(best, `${name}/best.safetensors`).parameters,
      ...(trainingState && { trainingState }),
    },
  };
}

async function needed(files: RunFiles, file: string): Promise<string> {
  const text = await files.readText(file);
  if (text === undefined) throw new InputError(files.name, file, "no such file");
  return text;
}

async function recordedModel(files: RunFiles, record: RunRecord): Promise<Model> {
  const where = `${files.name}/model.json`;
  const model = decodeModel(await needed(files, "model.json"), where);
  if (graphHash(model.graph) !== record.spec.model) {
    throw new InputError(where, "the model of run.json", "another");
  }
  return { ...model, name: record.model, ...(record.options && { options: record.options }) };
}

interface Last {
  readonly state: FileState;
  /** Of the last weights. */
  readonly bytes: Uint8Array;
  readonly trainingState?: TrainingState;
}

async function lastByWeights(
  files: RunFiles,
  states: readonly FileState[],
): Promise<Last | undefined> {
  const bytes = await files.read("last.safetensors");
  if (bytes === undefined) return undefined;
  const digest = sha256(bytes);
  const state = states.find(({ last }) => last === digest);
  if (state === undefined) throw changed(files, "last.safetensors");
  return { state, bytes };
}

/** The state has the weights in it, and is written before them. */
async function lastByState(
  files: RunFiles,
  record: RunRecord,
  states: readonly FileState[],
): Promise<Last | undefined> {
  const bytes = await files.read("state.safetensors");
  if (bytes === undefined) return undefined;
  const digest = sha256(bytes);
  const state = states.find((each) => each.state === digest);
  if (state === undefined) throw changed(files, "state.safetensors");
  const decoded: DecodedState = decodeState(bytes, `${files.name}/state.safetensors`);
  const about = {
    ...{ model: record.model, epoch: state.epoch },
    ...{ seed: record.spec.seed, data: record.data.digest },
  };
  const weights = encodeCheckpoint(evaluatedWeights(decoded.state), about);
  if (sha256(weights) !== state.last) throw changed(files, "last.safetensors");
  return { state, bytes: weights, trainingState: decoded.state };
}

async function bestWeights(
  files: RunFiles,
  state: FileState,
  metrics: readonly EpochMetrics[],
  last: Uint8Array,
): Promise<Uint8Array> {
  const found = await files.read("best.safetensors");
  if (found !== undefined && sha256(found) === state.best) return found;
  // The tab was closed between the last weights and the best ones.
  if (bestEpoch(metrics)!.epoch !== state.epoch) throw changed(files, "best.safetensors");
  await files.write("best.safetensors", last);
  return last;
}

function changed({ name }: RunFiles, file: string): InputError {
  return new InputError(`${name}/${file}`, "the file that its run wrote", "another");
}
