import { existsSync } from "node:fs";
import { InputError } from "../../errors.js";
import { parseMetrics } from "../../runs/metrics-codec.js";
import { readLines } from "../../runs/metrics-file.node.js";
import { validationCount } from "../../runs/record-codec.js";
import { isRun, readRecord, runFiles } from "../../runs/run-folder.node.js";
import type { EpochMetrics } from "../../train/metrics.js";
import { type PlannedRun, runKey } from "../expand.js";
import {
  outcomeFile,
  readOutcome,
  type StudyFolder,
  studyRunFolder,
} from "../study-folder.node.js";
import {
  finalistsOf,
  furtherSeeds,
  judge,
  type SearchPlan,
  type SearchState,
  searchPlan,
} from "./judge.js";
import { type Configuration, type KnownRun, scoresOf } from "./scores.js";
import type { Standing } from "./standing.js";

/**
 * What a process knows of a search. It is read from the folder: from the epochs of the runs, which stay what they are
 * however often a run is stopped and resumed, and from the outcomes of those that failed.
 */
export class SearchProgress {
  readonly plan: SearchPlan;
  readonly #known = new Map<string, KnownRun>();
  readonly #configurationOf = new Map<string, Configuration>();
  #state: SearchState | undefined;

  /** @returns undefined where the study has no search */
  static of(folder: StudyFolder): SearchProgress | undefined {
    return folder.record.study.search && new SearchProgress(folder);
  }

  private constructor(private readonly folder: StudyFolder) {
    this.plan = searchPlan(folder.record.study.search!, folder.runs);
    for (const configuration of this.plan.configurations) {
      for (const key of configuration.keys) this.#configurationOf.set(key, configuration);
    }
    for (const { key } of folder.runs) this.read(key);
  }

  get known(): ReadonlyMap<string, KnownRun> {
    return this.#known;
  }

  get state(): SearchState {
    this.#state ??= judge(this.plan, this.#known);
    return this.#state;
  }

  /** Whether a run is one of those that choose. */
  has(key: string): boolean {
    return this.#configurationOf.has(key);
  }

  /** Reads a run's epochs and how it ended. Runs of finalists choose nothing. */
  read(key: string): void {
    if (!this.has(key)) return;
    const { directory } = this.folder;
    const metrics = recordedEpochs(studyRunFolder(directory, key));
    const failed =
      existsSync(outcomeFile(directory, key)) && readOutcome(directory, key).outcome === "failed";
    this.learn(key, metrics, failed);
  }

  /** What a run that this process trains has reached. */
  learn(key: string, metrics: readonly EpochMetrics[], failed = false): void {
    const total = metrics[0]?.validationTotal ?? 0;
    this.#set(key, { correct: scoresOf(metrics), total, failed });
  }

  learnFailure(key: string): void {
    const { correct, total } = this.#known.get(key) ?? { correct: [], total: 0 };
    this.#set(key, { correct, total, failed: true });
  }

  /** What is to be done with a run now. */
  stepOf(key: string): Standing {
    const { name, keys } = this.#configurationOf.get(key)!;
    const standing = this.state.standings.get(name)!;
    if (standing.kind !== "train" || this.#epochs(key) < standing.until) return standing;
    const others = keys.filter(
      (each) => this.#epochs(each) < standing.until && !this.#known.get(each)?.failed,
    );
    // Seeds of a configuration come to a rung together.
    return others.length > 0 ? { kind: "wait", for: others } : standing;
  }

  /** The runs of the finalists, seed by seed; undefined before the search is decided. */
  get finalistRuns(): readonly PlannedRun[] | undefined {
    const names = finalistsOf(this.plan, this.state);
    if (names === undefined) return undefined;
    const { search, seeds } = this.folder.record.study;
    const variants = new Map(this.folder.runs.map(({ variant }) => [variant.name, variant]));
    return furtherSeeds(search!.seeds ?? 0, seeds).flatMap((seed) =>
      names.map((name) => {
        const variant = variants.get(name)!;
        return { key: runKey(variant, seed), variant, seed };
      }),
    );
  }

  #epochs(key: string): number {
    return this.#known.get(key)?.correct.length ?? 0;
  }

  #set(key: string, run: KnownRun): void {
    const before = this.#known.get(key);
    if (before?.correct.length === run.correct.length && before.failed === run.failed) return;
    this.#known.set(key, run);
    this.#state = undefined;
  }
}

/**
 * The runs of a study as far as they are known: those of its manifest and, once its search is decided, those of its
 * finalists.
 */
export function knownRuns(folder: StudyFolder, search = SearchProgress.of(folder)): PlannedRun[] {
  return [...folder.runs, ...(search?.finalistRuns ?? [])];
}

/**
 * The runs of a study that are compared: all of its manifest or, where it has a search, those of its finalists, with the seeds
 * that did not choose them.
 */
export function comparedRuns(
  { runs }: StudyFolder,
  search: SearchProgress | undefined,
): readonly PlannedRun[] {
  return search === undefined ? runs : (search.finalistRuns ?? []);
}

/** The epochs of a run, which another process may be training; none of one that cannot be read. */
function recordedEpochs(directory: string): EpochMetrics[] {
  if (!isRun(directory)) return [];
  const { metrics } = runFiles(directory);
  try {
    return parseMetrics(readLines(metrics), validationCount(readRecord(directory)), metrics);
  } catch (error) {
    if (error instanceof InputError) return [];
    throw error;
  }
}
