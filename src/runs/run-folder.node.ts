import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.js";
import { lockName } from "../files/folder-lock.node.js";
import { createNewFolder, createParent, isFolder } from "../files/folders.node.js";
import { readText } from "../files/read-file.node.js";
import { isTemporary, writeAtomically } from "../files/write-file.node.js";
import { graphHash } from "../graph/graph-codec.js";
import type { Model } from "../graph/model.js";
import type { Predictions } from "../inspect/predictions.js";
import type { Views } from "../inspect/view-types.js";
import { sha256 } from "../sha256.js";
import type { EpochMetrics } from "../train/metrics.js";
import type { AuditRecord } from "./audit-codec.js";
import { readAuditRecord } from "./audit-file.node.js";
import type { CalibrationRecord } from "./calibration-codec.js";
import { readCalibration } from "./calibration-file.node.js";
import { mostBytes } from "./json-file.node.js";
import { metricsText, parseMetrics } from "./metrics-codec.js";
import { readLines, readMetricsText } from "./metrics-file.node.js";
import { decodeModel, encodeModel } from "./model-codec.js";
import type { PredictionsSource } from "./predictions-codec.js";
import { readPredictions } from "./predictions-file.node.js";
import {
  type DecodedRecord,
  decodeRecord,
  encodeRecord,
  type RunRecord,
  validationCount,
} from "./record-codec.js";
import { recordedLines } from "./recorded-lines.js";
import { readViews } from "./views-file.node.js";

/** A run as it stands on the disk. */
export interface Run {
  readonly directory: string;
  readonly record: RunRecord;
  /** The network, as its folder has it. */
  readonly model: Model;
  /** One entry an epoch, from epoch 1. */
  readonly metrics: readonly EpochMetrics[];
  /** Undefined before the training ended or was stopped, and where it cannot be read. */
  readonly views?: Views;
  /** What its best weights say of the test images; undefined before the training ended, and as `views`. */
  readonly predictions?: Predictions;
  /** Undefined where no calibration was asked for, and as `views`. */
  readonly calibration?: CalibrationRecord;
  /** Undefined where `fovea audit --save` was not asked for one, and where it cannot be read. */
  readonly audit?: AuditRecord;
  /** What was left out because it cannot be read, and why, one line each. The run is whole without it. */
  readonly leftOut?: readonly string[];
}

/**
 * Where a run's files are.
 *
 * @example
 * console.log(runFiles("runs/2026-11-23-142530-stn-seed0").metrics);
 */
export function runFiles(directory: string) {
  return {
    record: join(directory, "run.json"),
    model: join(directory, "model.json"),
    metrics: join(directory, "metrics.csv"),
    best: join(directory, "best.safetensors"),
    last: join(directory, "last.safetensors"),
    state: join(directory, "state.safetensors"),
    views: join(directory, "views.json"),
    predictions: join(directory, "predictions.safetensors"),
    calibration: join(directory, "calibration.json"),
    audit: join(directory, "audit.json"),
  };
}

/**
 * Whether there is a run in this folder.
 *
 * @example
 * isRun("runs/2026-11-23-142530-stn-seed0"); // true
 */
export function isRun(directory: string): boolean {
  return existsSync(runFiles(directory).record);
}

/**
 * Creates a new folder `<parent>/<date>-<name>`, such as `runs/2026-11-23-142530-stn-seed0`. Where
 * that exists, a number is added: no run is ever overwritten.
 *
 * @returns the folder's path
 * @throws InputError where it cannot be written
 * @example
 * const directory = createDatedFolder("runs", "stn-seed0"); // runs/2026-11-23-142530-stn-seed0
 */
export function createDatedFolder(parent: string, name: string, now = new Date()): string {
  createParent(parent);
  const path = join(parent, `${timestamp(now)}-${name}`);
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 ? path : `${path}-${attempt}`;
    if (createNewFolder(candidate)) return candidate;
  }
}

/**
 * Whether a run can begin in a folder: it is empty, or holds no more than a process left that ended before
 * its run's first step.
 */
export function isUnused(directory: string): boolean {
  const names = readdirSync(directory).filter((name) => name !== lockName && !isTemporary(name));
  if (names.length === 0) return true;
  const { metrics } = runFiles(directory);
  const begun = ["metrics.csv", "model.json"];
  return (
    names.includes("metrics.csv") &&
    names.every((name) => begun.includes(name)) &&
    readMetricsText(metrics) === metricsText([])
  );
}

/** The epochs of a run that its record knows. */
export function recordedMetrics(directory: string, record: RunRecord): EpochMetrics[] {
  const { metrics: path } = runFiles(directory);
  const lines = recordedLines(readLines(path), record, path);
  return parseMetrics(lines, validationCount(record), path);
}

/**
 * Reads a run folder.
 *
 * @throws InputError where the folder is not a run, or one of its files is not as it must be
 * @example
 * const { record, metrics, model } = readRun("runs/2026-11-23-142530-stn-seed0");
 * console.log(record.model, record.spec.seed, metrics.length);
 */
export function readRun(directory: string): Run {
  const decoded = decodedRecord(directory);
  const { record } = decoded;
  const files = runFiles(directory);
  const model = decoded.model ?? recordedModel(directory, record);
  const metrics = recordedMetrics(directory, record);
  const leftOut: string[] = [];
  const views = derived(() => readViews(files.views, record.files?.views), leftOut);
  const predictions = derived(() => readOwnPredictions(files.predictions, record), leftOut);
  const calibration = derived(() => ownCalibration(files.calibration, record), leftOut);
  const audit = derived(() => recordedAudit(files.audit, record), leftOut);
  return {
    ...{ directory, record, model, metrics },
    ...(views && { views }),
    ...(predictions && { predictions }),
    ...(calibration && { calibration }),
    ...(audit && { audit }),
    ...(leftOut.length > 0 && { leftOut }),
  };
}

/** A run's audit; one of other weights is of another run, or was made before this one was resumed. */
function recordedAudit(path: string, { files }: RunRecord): AuditRecord | undefined {
  const audit = readAuditRecord(path);
  const digest = audit?.weightsDigest;
  if (digest === undefined || files === undefined) return audit;
  const kept = files.states.flatMap(({ best, last }) => [best, last]);
  if (kept.includes(digest)) return audit;
  throw new InputError(path, "an audit of this run's weights", `one of ${digest.slice(0, 12)}`);
}

/**
 * Reads predictions of a run's best weights; those of weights before a resumption are out of date, and none.
 *
 * @throws InputError where the file is not as it must be
 */
export function readOwnPredictions(path: string, record: RunRecord): Predictions | undefined {
  const predictions = readPredictions(path);
  return predictions && isOfBest(predictions.source, record) ? predictions : undefined;
}

/** As {@link readOwnPredictions}. */
function ownCalibration(path: string, record: RunRecord): CalibrationRecord | undefined {
  const calibration = readCalibration(path);
  return calibration && isOfBest(calibration, record) ? calibration : undefined;
}

function isOfBest({ weights, data }: PredictionsSource, { files, data: own }: RunRecord): boolean {
  if (data !== own.digest) return false;
  return files === undefined || files.states.some(({ best }) => best === weights);
}

/** A file that is made from the others: where it cannot be read, the run is read without it. */
function derived<Value>(read: () => Value | undefined, leftOut: string[]): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    leftOut.push(`${error.message}; left out`);
    return undefined;
  }
}

/** Reads a run's `run.json`; throws as {@link readRun}. */
export function readRecord(directory: string): RunRecord {
  return decodedRecord(directory).record;
}

/** Reads a run's network; throws as {@link readRun}. */
export function readModel(directory: string): Model {
  const { record, model } = decodedRecord(directory);
  return model ?? recordedModel(directory, record);
}

function decodedRecord(directory: string): DecodedRecord {
  const path = runFiles(directory).record;
  if (!isFolder(directory)) {
    const got = existsSync(directory) ? "a file" : "no such file or folder";
    throw new InputError(directory, "a run folder", got);
  }
  if (!existsSync(path)) {
    const names = readdirSync(directory);
    const got =
      names.length > 0 && isUnused(directory)
        ? "one whose run ended before its first step; a new training may take the folder"
        : "a folder without run.json";
    throw new InputError(directory, "a run folder", got);
  }
  return decodeRecord(readText(path, "a run's record", mostBytes), path);
}

function recordedModel(directory: string, record: RunRecord): Model {
  const path = runFiles(directory).model;
  const text = readText(path, "a run's model", mostBytes);
  const digest = record.files?.model;
  const got = sha256(new TextEncoder().encode(text));
  if (digest !== undefined && got !== digest) throw changedFile(path, digest, got);
  const model = decodeModel(text, path);
  const hash = graphHash(model.graph);
  if (hash !== record.spec.model) {
    const expected = `the model of run.json (${record.spec.model.slice(0, 12)})`;
    throw new InputError(path, expected, hash.slice(0, 12));
  }
  return { ...model, name: record.model, ...(record.options && { options: record.options }) };
}

/** What is said of a file that is not as its run wrote it. */
export function changedFile(path: string, expected: string, got: string): InputError {
  return new InputError(
    path,
    `the file that its run wrote (SHA-256 ${expected.slice(0, 12)})`,
    `another (${got.slice(0, 12)}): restore it from a copy, or train anew in another folder`,
  );
}

/** Writes a run's `run.json`. */
export function writeRecord(directory: string, record: RunRecord): void {
  writeAtomically(runFiles(directory).record, encodeRecord(record));
}

/**
 * Writes a run's `model.json`.
 *
 * @returns the SHA-256 of its bytes
 */
export function writeModel(directory: string, model: Model): string {
  const bytes = new TextEncoder().encode(encodeModel(model));
  writeAtomically(runFiles(directory).model, bytes);
  return sha256(bytes);
}

/** Local time, because people look for the run of this afternoon. */
function timestamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
