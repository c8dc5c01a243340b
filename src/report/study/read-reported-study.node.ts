import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "fflate";
import { InputError } from "../../errors.js";
import { readBytes } from "../../files/read-file.node.js";
import type { Predictions } from "../../inspect/predictions.js";
import { counted, duration, listed, thousands } from "../../numbers.js";
import { type RunRecord, validationCount } from "../../runs/record-codec.js";
import { readOwnPredictions, runFiles } from "../../runs/run-folder.node.js";
import { readHistory } from "../../runs/run-history.node.js";
import type { ScoredRun } from "../../study/results.js";
import {
  decodeStudyPredictions,
  joinPredictions,
  type StudyPredictions,
} from "../../study/study-predictions.js";
import type { EpochMetrics } from "../../train/metrics.js";
import type { ReportedModel, ReportedRun, SettingValue } from "./reported-study.js";

/** A run, and where it is. */
export interface LocatedRun extends ScoredRun {
  readonly key: string;
  readonly directory: string;
}

/** What run folders say for a report. */
export interface ReadRuns {
  readonly runs: readonly ReportedRun[];
  readonly models: readonly ReportedModel[];
  readonly predictions?: StudyPredictions;
  readonly classNames?: readonly string[];
  /** Data, engine, machines and time. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly remarks: readonly string[];
}

/** Of more runs, metrics and predictions are not read: their page would be too large. */
const mostRuns = 2_000;
/** Of a file with the predictions of all runs, bytes. */
const mostBytes = 512 * 2 ** 20;

/** The file of a recorded study with the predictions of all its runs, beside its folder of runs. */
export const predictionsFile = "predictions.safetensors.gz";

interface RunContent {
  readonly record: RunRecord;
  readonly metrics: readonly EpochMetrics[];
  readonly predictions?: Predictions;
}

/**
 * Reads what a report shows of runs from their folders. What cannot be read is left out, and a remark says so.
 *
 * @param runs in the order of the report
 * @param atEpoch shows them as they were after this epoch, without predictions, which are of later weights
 */
export function readRuns(runs: readonly LocatedRun[], atEpoch?: number): ReadRuns {
  const remarks: string[] = [];
  const isTooMany = runs.length > mostRuns;
  if (isTooMany) {
    remarks.push(`curves, times and images of ${counted(runs.length, "run")} are not drawn`);
  }
  const contents = new Map<string, RunContent>();
  for (const { key, directory } of isTooMany ? [] : runs) {
    const content = tolerant(() => readContent(directory, atEpoch), remarks);
    if (content !== undefined) contents.set(key, content);
  }
  const predictions =
    atEpoch === undefined ? tolerant(() => readPredictions(runs, contents), remarks) : undefined;
  const [first] = contents.values();
  const classNames = first?.record.data.classNames;
  return {
    runs: runs.map((run) => reportedRun(run, contents.get(run.key))),
    models: modelsOf(runs, contents),
    ...(predictions && { predictions }),
    ...(classNames && { classNames }),
    facts: factsOf([...contents.values()]),
    remarks,
  };
}

/** The value, or undefined and a remark where a file is not as it must be. */
function tolerant<Value>(read: () => Value, remarks: string[]): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    remarks.push(`${error.message}; left out`);
    return undefined;
  }
}

/** Undefined where the run has not begun. */
function readContent(directory: string, atEpoch?: number): RunContent | undefined {
  const history = readHistory(directory);
  if (history === undefined) return undefined;
  const { record, metrics } = history;
  if (atEpoch !== undefined) return { record, metrics: metrics.slice(0, atEpoch) };
  const predictions = readOwnPredictions(runFiles(directory).predictions, record);
  return { record, metrics, ...(predictions && { predictions }) };
}

function readPredictions(
  runs: readonly LocatedRun[],
  contents: ReadonlyMap<string, RunContent>,
): StudyPredictions | undefined {
  const own = runs.flatMap(({ key }) => {
    const predictions = contents.get(key)?.predictions;
    return predictions === undefined ? [] : [{ key, predictions }];
  });
  if (own.length > 0 || runs.length === 0) return joinPredictions(own);
  const file = join(dirname(dirname(runs[0]!.directory)), predictionsFile);
  if (!existsSync(file)) return undefined;
  return decodeStudyPredictions(unpacked(file), file);
}

function unpacked(file: string): Uint8Array {
  const bytes = readBytes(file, "the predictions of a study", mostBytes);
  try {
    return gunzipSync(bytes);
  } catch {
    throw new InputError(file, "a gzip file", "other content");
  }
}

function reportedRun(run: LocatedRun, content: RunContent | undefined): ReportedRun {
  const { key, model, seed, outcome } = run;
  const { metrics = [], record } = content ?? {};
  const result = outcome?.result;
  return {
    ...{ key, model, seed },
    ending: outcome?.outcome ?? "open",
    ...(outcome?.reason !== undefined && { reason: outcome.reason }),
    ...(result && { accuracy: (100 * result.correct) / result.total }),
    curve: metrics.map(({ validationAccuracy }) => validationAccuracy),
    ...(record && { validationImages: validationCount(record) }),
    ...(metrics.length > 0 && {
      seconds: metrics.reduce((sum, { seconds }) => sum + seconds, 0),
    }),
  };
}

function modelsOf(
  runs: readonly LocatedRun[],
  contents: ReadonlyMap<string, RunContent>,
): ReportedModel[] {
  return [...new Set(runs.map(({ model }) => model))].map((name) => {
    const own = runs.filter(({ model }) => model === name);
    const record = own.flatMap(({ key }) => contents.get(key)?.record ?? [])[0];
    const settings = record
      ? settingsOf({ recipe: record.spec.recipe, set: record.options ?? {} })
      : new Map<string, SettingValue>();
    return { name, settings, ...(record && { parameters: record.parameters }) };
  });
}

/** The values of a recipe and of a model's options, by their paths. */
export function settingsOf({
  recipe,
  set,
}: {
  readonly recipe: object;
  readonly set: object;
}): Map<string, SettingValue> {
  const own = flat(recipe, "");
  for (const [path, value] of flat(set, "")) {
    own.set(own.has(path) ? `set.${path}` : path, value);
  }
  return own;
}

function flat(value: unknown, path: string): Map<string, SettingValue> {
  if (Array.isArray(value) && value.every((each) => typeof each !== "object")) {
    return new Map([[path, value.join(", ")]]);
  }
  if (typeof value === "object" && value !== null) {
    return new Map(
      Object.entries(value).flatMap(([name, inner]) => [
        ...flat(inner, path === "" ? name : `${path}.${name}`),
      ]),
    );
  }
  if (value === undefined || value === null) return new Map();
  const isPlain = typeof value === "number" || typeof value === "boolean";
  return new Map([[path, isPlain ? value : String(value)]]);
}

function factsOf(contents: readonly RunContent[]): (readonly [string, string])[] {
  const [first] = contents;
  if (first === undefined) return [];
  const { data } = first.record;
  const records = contents.map(({ record }) => record);
  const seconds = contents.flatMap(({ metrics }) => metrics.map((epoch) => epoch.seconds));
  const distinct = (of: (record: RunRecord) => string) => listed([...new Set(records.map(of))]);
  const classes = data.classes === 1 ? "1 class" : `${data.classes} classes`;
  return [
    [
      "images",
      `${thousands(data.trainCount)} training and ${thousands(data.testCount)} test images, ${data.channels}×${data.rows}×${data.columns}, ${classes}`,
    ],
    ["data digest (SHA-256)", data.digest],
    [
      "engine",
      distinct(
        ({ spec: { engine } }) =>
          `${engine.build}, ${counted(engine.shards, "shard")} per batch, kernels ${engine.revision}`,
      ),
    ],
    ["versions", distinct(({ versions }) => `Fovea ${versions.fovea}, Node ${versions.node}`)],
    [
      "machine",
      distinct(
        ({ machine }) =>
          `${machine.processor}, ${counted(machine.cores, "core")}, ${machine.platform} ${machine.architecture}`,
      ),
    ],
    [
      "time",
      `${duration(seconds.reduce((sum, each) => sum + each, 0))} in epochs, all runs together`,
    ],
  ];
}
