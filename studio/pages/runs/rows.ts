import { InputError } from "../../../src/errors.js";
import { parseJson } from "../../../src/runs/json.js";
import { completeLines, parseMetrics } from "../../../src/runs/metrics-codec.js";
import { decodeRecord, type RunRecord, validationCount } from "../../../src/runs/record-codec.js";
import { recordedLines } from "../../../src/runs/recorded-lines.js";
import { runFaults } from "../../../src/runs/run-faults.js";
import type {
  FolderEntry,
  Holder,
  Job,
  JobState,
  RunEntry,
  StudyEntry,
} from "../../../src/studio-server/api.js";
import { expandStudy, type PlannedRun } from "../../../src/study/expand.js";
import { groupRuns, type RunGroup } from "../../../src/study/group-runs.js";
import { type Outcome, outcomeOf, outcomeSchema } from "../../../src/study/outcome.js";
import { decodeStudy, type StudyRecord } from "../../../src/study/study-codec.js";
import type { EpochMetrics } from "../../../src/train/metrics.js";

/**
 * What a run does: as its job says, where the studio started it; `elsewhere` where another process trains it; `broken off`
 * where its process ended without a word.
 */
export type RunState = JobState | "done" | "elsewhere" | "broken off";

/** A run as a line of the table. */
export interface RunRow {
  readonly path: string;
  readonly entry: RunEntry;
  readonly record: RunRecord;
  readonly metrics: readonly EpochMetrics[];
  readonly state: RunState;
  /** What made it stop with an error. */
  readonly problem: string | undefined;
  readonly faults: readonly string[];
  /** For {@link groupRuns}. */
  readonly name: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** Of the last epoch; undefined before the first. */
  readonly last: EpochMetrics | undefined;
  /** What it is compared by, percent: `fovea compare` takes the same. Undefined before it is done. */
  readonly outcome: Outcome | undefined;
}

export interface StudyRow {
  readonly path: string;
  readonly record: StudyRecord;
  readonly runs: readonly PlannedRun[];
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly state: RunState;
  readonly problem: string | undefined;
}

export interface BrokenRow {
  readonly path: string;
  readonly problem: string;
}

export interface Rows {
  readonly runs: readonly RunRow[];
  readonly studies: readonly StudyRow[];
  readonly broken: readonly BrokenRow[];
  /** Runs that the studio began and that have no folder yet that can be read. */
  readonly starting: readonly Job[];
}

type Decoded =
  | { readonly kind: "run"; readonly row: Omit<RunRow, "state" | "problem"> }
  | { readonly kind: "study"; readonly row: Omit<StudyRow, "state" | "problem"> }
  | { readonly kind: "broken"; readonly row: BrokenRow };

/** Each entry is read once: one that changed is another object. */
const decoded = new WeakMap<FolderEntry, Decoded>();

/** What the page shows of the folders and jobs. */
export function rowsOf(entries: Iterable<FolderEntry>, jobs: ReadonlyMap<string, Job>): Rows {
  const runs: RunRow[] = [];
  const studies: StudyRow[] = [];
  const broken: BrokenRow[] = [];
  const known = new Set<string>();
  for (const entry of entries) {
    const found = decode(entry);
    known.add(entry.path);
    if (found.kind === "broken") {
      broken.push(found.row);
      continue;
    }
    const job = jobs.get(entry.path);
    const holder = entry.kind === "broken" ? undefined : entry.holder;
    const problem = job?.state === "failed" ? job.lines.at(-1) : undefined;
    if (found.kind === "run") {
      const state = stateOf(job, holder, found.row.record.state);
      runs.push({ ...found.row, state, problem });
    } else {
      const { runs: planned, outcomes } = found.row;
      const recorded = planned.length === outcomes.size ? "done" : "stopped";
      studies.push({ ...found.row, state: stateOf(job, holder, recorded), problem });
    }
  }
  const starting = [...jobs.values()].filter(({ path }) => !known.has(path));
  return { runs, studies, broken, starting };
}

/**
 * Runs that differ in their seeds alone. They are named among the runs on the same data; where there are several data
 * sets, the name says which.
 */
export function groupsOf(rows: readonly RunRow[]): RunGroup<RunRow>[] {
  const digests = [...new Set(rows.map(({ record }) => record.data.digest))];
  return digests.flatMap((digest) => {
    const own = rows.filter(({ record }) => record.data.digest === digest);
    return groupRuns(own).map(({ name, runs }) => ({
      name: digests.length === 1 ? name : `${name} · ${own[0]!.record.data.name}`,
      runs,
    }));
  });
}

/** The runs that are shown before any is chosen: the newest, and others on the same data. */
export function newestRuns(rows: readonly RunRow[], most: number): RunRow[] {
  const [newest, ...others] = sorted(rows, "started", true);
  if (!newest) return [];
  const { digest } = newest.record.data;
  return [newest, ...others.filter(({ record }) => record.data.digest === digest)].slice(0, most);
}

function stateOf(
  job: Job | undefined,
  holder: Holder | undefined,
  recorded: RunRecord["state"],
): RunState {
  if (job?.state === "training" || job?.state === "paused" || job?.state === "stopping") {
    return job.state;
  }
  if (recorded === "done") return "done";
  if (holder && holder.running !== false) return "elsewhere";
  if (job?.state === "failed") return "failed";
  return recorded === "running" ? "broken off" : "stopped";
}

function decode(entry: FolderEntry): Decoded {
  const before = decoded.get(entry);
  if (before) return before;
  const now = decodeEntry(entry);
  decoded.set(entry, now);
  return now;
}

function decodeEntry(entry: FolderEntry): Decoded {
  const { path } = entry;
  try {
    if (entry.kind === "run") return { kind: "run", row: decodeRun(entry) };
    if (entry.kind === "study") return { kind: "study", row: decodeStudyEntry(entry) };
    return { kind: "broken", row: { path, problem: entry.problem } };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: "broken", row: { path, problem: error.message } };
  }
}

function decodeRun(entry: RunEntry): Omit<RunRow, "state" | "problem"> {
  const { path } = entry;
  const { record } = decodeRecord(entry.record, `${path}/run.json`);
  const where = `${path}/metrics.csv`;
  const lines = entry.metrics === "" ? [] : completeLines(entry.metrics, where);
  const metrics = parseMetrics(recordedLines(lines, record, where), validationCount(record), where);
  const { spec, options = {} } = record;
  return {
    ...{ path, entry, record, metrics, name: record.model, seed: spec.seed },
    facts: { network: spec.model, options, recipe: spec.recipe, split: spec.split },
    faults: runFaults({ record, metrics }).map(({ text }) => text),
    last: metrics.at(-1),
    outcome:
      record.state === "done" && metrics.length > 0
        ? outcomeOf(path, { record, metrics })
        : undefined,
  };
}

function decodeStudyEntry({ path, record: text, outcomes: texts }: StudyEntry) {
  const record = decodeStudy(text, `${path}/study.json`);
  const runs = expandStudy(record.study, path);
  const outcomes = new Map(
    Object.entries(texts).map(([key, outcome]) => [
      key,
      parseJson(outcome, outcomeSchema, `${path}/outcomes/${key}.json`),
    ]),
  );
  return { path, record, runs, outcomes };
}

/** Percent of images that a run gets right by its outcome. */
export function accuracyOf({ outcome }: Pick<RunRow, "outcome">): number | undefined {
  const result = outcome?.result;
  return result && (100 * result.correct) / result.total;
}

/** The last part of a path. */
export function folderName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export type SortKey =
  | "run"
  | "model"
  | "data"
  | "seed"
  | "epochs"
  | "accuracy"
  | "loss"
  | "speed"
  | "started";

const sortValues: Readonly<Record<SortKey, (row: RunRow) => string | number>> = {
  run: ({ path }) => path,
  model: ({ record }) => record.model,
  data: ({ record }) => record.data.name,
  seed: ({ seed }) => seed,
  epochs: ({ metrics }) => metrics.length,
  accuracy: ({ last }) => last?.validationAccuracy ?? -1,
  loss: ({ last }) => last?.validationLoss ?? Number.POSITIVE_INFINITY,
  speed: ({ last }) => last?.imagesPerSecond ?? -1,
  started: ({ record }) => record.started,
};

/** Rows in the order of a column; equal ones by their paths. */
export function sorted(rows: readonly RunRow[], key: SortKey, descending: boolean): RunRow[] {
  const value = sortValues[key];
  const sign = descending ? -1 : 1;
  const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);
  return [...rows].sort((a, b) => sign * compare(value(a), value(b)) || compare(a.path, b.path));
}

/** Rows with all words of a text in their path, model, data, state or seed. */
export function filtered(rows: readonly RunRow[], text: string): RunRow[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return rows.filter((row) => {
    const { path, record, state, seed } = row;
    const all = `${path} ${record.model} ${record.data.name} ${state} seed${seed}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
