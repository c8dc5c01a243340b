import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../errors.js";
import { graphHash } from "../graph/graph-codec.js";
import type { Model } from "../graph/model.js";
import type { Views } from "../inspect/view-types.js";
import type { EpochMetrics } from "../train/metrics.js";
import type { AuditRecord } from "./audit-codec.js";
import { readAuditRecord } from "./audit-file.node.js";
import { writeError } from "./file-problem.js";
import { readMetrics } from "./metrics-file.node.js";
import { decodeModel, encodeModel } from "./model-codec.js";
import { readText } from "./read-file.node.js";
import { type DecodedRecord, decodeRecord, encodeRecord, type RunRecord } from "./record-codec.js";
import { readViews } from "./views-file.node.js";
import { writeAtomically } from "./write-atomically.node.js";

/** A run as it stands on the disk. */
export interface Run {
  readonly directory: string;
  readonly record: RunRecord;
  /** The network, as its folder has it. */
  readonly model: Model;
  /** One entry an epoch, from epoch 1. */
  readonly metrics: readonly EpochMetrics[];
  /** Undefined before the training ended or was stopped. */
  readonly views?: Views;
  /** Undefined where `fovea audit --save` was not asked for one. */
  readonly audit?: AuditRecord;
}

const writable = "an output folder that can be written";

/** Where a run's files are. */
export function runFiles(directory: string) {
  return {
    record: join(directory, "run.json"),
    model: join(directory, "model.json"),
    metrics: join(directory, "metrics.csv"),
    best: join(directory, "best.safetensors"),
    last: join(directory, "last.safetensors"),
    views: join(directory, "views.json"),
    audit: join(directory, "audit.json"),
  };
}

/** Whether there is a folder at this path. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Whether there is a run in this folder. */
export function isRun(directory: string): boolean {
  return existsSync(runFiles(directory).record);
}

/**
 * Creates a new folder `<parent>/<date>-<name>`, such as `runs/2026-11-23-142530-stn-seed0`. Where
 * that exists, a number is added: no run is ever overwritten.
 *
 * @returns the folder's path
 * @throws InputError where it cannot be written
 */
export function createDatedFolder(parent: string, name: string, now = new Date()): string {
  createFolder(parent);
  const path = join(parent, `${timestamp(now)}-${name}`);
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 ? path : `${path}-${attempt}`;
    try {
      mkdirSync(candidate);
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw writeError(candidate, writable, error);
      }
    }
  }
}

/**
 * Creates a folder and those above it; one that exists is left as it is.
 *
 * @throws InputError where it cannot be written
 */
export function createFolder(directory: string): void {
  try {
    makeFolders(directory);
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw writeError(directory, writable, error);
  }
}

/** Removes the folder of a run that never began. */
export function removeIfEmpty(directory: string): void {
  if (isFolder(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
}

/**
 * Reads a run folder.
 *
 * @throws InputError where the folder is not a run, or one of its files is not as it must be
 */
export function readRun(directory: string): Run {
  const decoded = decodedRecord(directory);
  const { record } = decoded;
  const files = runFiles(directory);
  const model = decoded.model ?? recordedModel(directory, record);
  const metrics = readMetrics(files.metrics, record.data.testCount);
  const views = readViews(files.views);
  const audit = readAuditRecord(files.audit);
  return { directory, record, model, metrics, ...(views && { views }), ...(audit && { audit }) };
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
  if (!existsSync(path))
    throw new InputError(directory, "a run folder", "a folder without run.json");
  return decodeRecord(readText(path, "a run's record"), path);
}

function recordedModel(directory: string, record: RunRecord): Model {
  const path = runFiles(directory).model;
  const model = decodeModel(readText(path, "a run's model"), path);
  const hash = graphHash(model.graph);
  if (hash !== record.spec.model) {
    const expected = `the model of run.json (${record.spec.model.slice(0, 12)})`;
    throw new InputError(path, expected, hash.slice(0, 12));
  }
  return { ...model, name: record.model };
}

/** Writes a run's `run.json`. */
export function writeRecord(directory: string, record: RunRecord): void {
  writeAtomically(runFiles(directory).record, encodeRecord(record));
}

/** Writes a run's `model.json`. */
export function writeModel(directory: string, model: Model): void {
  writeAtomically(runFiles(directory).model, encodeModel(model));
}

/** One by one: Node's own recursion never ends where the system refuses with "not found" (/proc). */
function makeFolders(directory: string): void {
  if (isFolder(directory)) return;
  const parent = dirname(directory);
  if (!existsSync(parent)) makeFolders(parent);
  mkdirSync(directory);
}

/** Local time, because people look for the run of this afternoon. */
function timestamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
