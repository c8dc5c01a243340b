import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkWhole } from "../arguments.js";
import type { Dataset } from "../data/dataset.js";
import { shareDataset, sharedDataset } from "../data/share-dataset.js";
import { InputError } from "../errors.js";
import { type Claim, ClaimWatch, takeClaim } from "../files/claim.node.js";
import { MachineFault } from "../files/file-problem.js";
import { FolderInUse, lockName } from "../files/folder-lock.node.js";
import { createFolder } from "../files/folders.node.js";
import { removeFile } from "../files/write-file.node.js";
import { recordTraining } from "../runs/record-training.node.js";
import { isRun, type Run, readRecord, readRun } from "../runs/run-folder.node.js";
import { readHistory } from "../runs/run-history.node.js";
import { shareThreads } from "../runs/share-threads.js";
import { type TrainerFor, workerTrainer } from "../runs/train-runs.node.js";
import type { EpochMetrics, TrainProgress } from "../train/metrics.js";
import type { EngineInfo } from "../train/train-options.js";
import type { PlannedRun } from "./expand.js";
import { failedOutcome, type Outcome, outcomeOf, prunedOutcome } from "./outcome.js";
import { fewestRuns, OutcomeJournal, readJournal } from "./outcome-journal.node.js";
import { checkNotQueued } from "./queue/queue-folder.node.js";
import { SearchProgress } from "./search/search-progress.node.js";
import { prunes } from "./search/search-schema.js";
import { checkStudyEngine } from "./study-codec.js";
import {
  checkStudyData,
  claimFile,
  keptOutcomes,
  outcomeFile,
  ownEngine,
  readOutcome,
  readOutcomes,
  type StudyFolder,
  studyFiles,
  studyRunFolder,
  writeOutcome,
} from "./study-folder.node.js";

/** Called while a study runs. */
export interface StudyCallbacks {
  /** A run's first step comes, after the epochs that it has already. */
  readonly onStart?: (run: PlannedRun, engine: EngineInfo, epochsDone: number) => void;
  /** Called about 20 times per second and run. */
  readonly onProgress?: (run: PlannedRun, progress: TrainProgress) => void;
  /** Called after each epoch, when its files are written. */
  readonly onEpoch?: (run: PlannedRun, metrics: EpochMetrics) => void;
  /** A line for people about a run. */
  readonly onNote?: (run: PlannedRun, line: string) => void;
  /** A run of this process ended, or was stopped: `outcome` is then undefined. */
  readonly onEnd?: (run: PlannedRun, outcome: Outcome | undefined) => void;
  /** Another process ended a run. */
  readonly onElsewhere?: (run: PlannedRun, outcome: Outcome) => void;
  /**
   * A search is decided: these runs of its finalists, with further seeds, are trained too, but for those that ended
   * before. Called once.
   */
  readonly onFinalists?: (runs: readonly PlannedRun[], ended: ReadonlyMap<string, Outcome>) => void;
  /** Nothing is left to begin here; other processes train this many. Called once. */
  readonly onWait?: (runs: number) => void;
}

/** What {@link runStudy} takes. */
export interface RunStudyOptions extends StudyCallbacks {
  readonly folder: StudyFolder;
  readonly data: Dataset;
  /** Those to train, in this order. Default: all of the study. */
  readonly runs?: readonly PlannedRun[];
  /** For all runs together. Default: the processor's cores. */
  readonly threads?: number;
  /** When it aborts, the epochs that run are finished and kept, and no run begins. */
  readonly signal?: AbortSignal;
  /**
   * Runs are trained up to this epoch and stop there, without an outcome. Without it they go on later, with the same bits. Not
   * with a search, which decides itself when runs stop.
   */
  readonly untilEpoch?: number;
  /** Whether runs that failed are tried again. A search that prunes has gone on without them, and refuses it. */
  readonly retryFailed?: boolean;
}

/** Milliseconds. */
export interface StudyPace {
  /** Between two beats of a claim. */
  readonly beat: number;
  /** Without a beat, after which a process of another host counts as ended. */
  readonly patience: number;
  /** Between two looks at what other processes do. */
  readonly look: number;
}

const usualPace: StudyPace = { beat: 5_000, patience: 120_000, look: 1_000 };

/**
 * Trains what is missing of a study, a run a thread while there are enough, and writes how each ended. Several processes
 * may do this in one folder: each run is trained by one of them. Runs of a process that has ended are taken over, after
 * their last epoch. An error ends its run alone, as the outcome `failed`. A disk that is full or failed is no outcome of a
 * run: it ends the study, which can be resumed.
 *
 * Where the study has a search, runs stop at its rungs, those that are promoted are resumed, and the others get the outcome
 * `pruned`. Then the finalists are trained with further seeds.
 *
 * @returns the outcomes of all runs that have ended; of all that were asked for, unless `signal` aborted or `untilEpoch` stopped them
 * @throws InputError where data or engine are not those of the study, a process receives its runs from a queue, or the disk is full; runs in training are stopped after their epochs then
 * @example
 * const outcomes = await runStudy({ folder: readStudy("runs/sweep"), data }); // trains what is missing
 * for (const { key, outcome } of outcomes.values()) console.log(key, outcome);
 */
export async function runStudy(
  options: RunStudyOptions,
  trainerFor: TrainerFor = workerTrainer,
  pace: StudyPace = usualPace,
  record: typeof recordTraining = recordTraining,
): Promise<Map<string, Outcome>> {
  const { threads = availableParallelism(), folder } = options;
  checkWhole("runStudy", "threads", threads, 1);
  const { untilEpoch } = options;
  if (untilEpoch !== undefined) checkWhole("runStudy", "untilEpoch", untilEpoch, 1);
  const { runs, outcomes, claims } = studyFiles(folder.directory);
  checkStudyEngine(folder.directory, folder.record.engine, await ownEngine());
  checkStudyData(folder, options.data);
  for (const each of [runs, outcomes, claims]) createFolder(each);
  checkNotQueued(folder.directory);
  const runner = new StudyRunner(options, threads, trainerFor, pace, record);
  await runner.run();
  return readOutcomes({ directory: folder.directory, runs: runner.allRuns });
}

/** A promise that somebody else resolves. */
function resolvable() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A run that this process trains. */
interface Training {
  readonly claim: Claim;
  readonly ended: Promise<void>;
}

class StudyRunner {
  /** Without an outcome, and not in training here; those in `#stopped` begin before them. */
  readonly #pending = new Map<string, PlannedRun>();
  /** Pending runs that were trained here and stopped. */
  readonly #stopped = new Map<string, PlannedRun>();
  readonly #training = new Map<string, Training>();
  /** Pending runs that other processes train, as of the last look. */
  #held = new Set<string>();
  /** Pending runs that wait for a rung, as of the last look. */
  #waiting = 0;
  /** When to try again a run whose folder another process has, by `performance.now()`. */
  readonly #busy = new Map<string, number>();
  readonly #watch: ClaimWatch;
  readonly #search: SearchProgress | undefined;
  /** Of a study with many runs. */
  readonly #journal: OutcomeJournal | undefined;
  #finalists: readonly PlannedRun[] | undefined;
  /** Resolves when an epoch is done or a run ends. */
  #change = resolvable();
  readonly #own = new AbortController();
  readonly #signal: AbortSignal;
  readonly #data: Dataset;
  #failure: unknown;
  #isWaiting = false;

  constructor(
    private readonly options: RunStudyOptions,
    private readonly threads: number,
    private readonly trainerFor: TrainerFor,
    private readonly pace: StudyPace,
    private readonly recordRun: typeof recordTraining,
  ) {
    const { folder, runs = folder.runs, signal, retryFailed, data, untilEpoch } = options;
    if (untilEpoch !== undefined && folder.record.study.search !== undefined) {
      const expected = "a study without a search, where runs stop at an epoch";
      throw new InputError(folder.directory, expected, "one with a search");
    }
    if (retryFailed && prunes(folder.record.study.search)) {
      const expected = "failed runs to be left as they are, as the search has gone on without them";
      throw new InputError(folder.directory, expected, "a second try");
    }
    const outcomes = keptOutcomes({ directory: folder.directory, runs }, retryFailed);
    for (const run of runs) {
      if (!outcomes.has(run.key) && !this.#isFarEnough(run)) this.#pending.set(run.key, run);
    }
    this.#search = SearchProgress.of(folder);
    this.#journal = this.#completeJournal(runs.length, outcomes);
    this.#watch = new ClaimWatch(pace.patience);
    this.#clearLeftClaims(new Set(outcomes.keys()));
    this.#signal = AbortSignal.any([this.#own.signal, ...(signal ? [signal] : [])]);
    this.#signal.addEventListener("abort", () => this.#changed());
    this.#data = sharedDataset(shareDataset(data));
  }

  /** The journal, with the outcomes that a process could not add to it before it was killed. */
  #completeJournal(runs: number, outcomes: ReadonlyMap<string, Outcome>) {
    if (runs < fewestRuns) return undefined;
    const { journal: path } = studyFiles(this.options.folder.directory);
    const journal = new OutcomeJournal(path);
    const known = readJournal(path);
    for (const outcome of outcomes.values()) if (!known.has(outcome.key)) journal.add(outcome);
    journal.write();
    return journal;
  }

  /** Those that were asked for, and those of finalists. */
  get allRuns(): readonly PlannedRun[] {
    const { folder, runs = folder.runs } = this.options;
    return [...runs, ...(this.#finalists ?? [])];
  }

  /** Runs without an outcome that are not in training here. */
  get #left(): number {
    return this.#pending.size + this.#stopped.size;
  }

  async run(): Promise<void> {
    const beats = setInterval(() => {
      for (const { claim } of this.#training.values()) claim.beat();
    }, this.pace.beat);
    try {
      this.#addFinalists();
      while (!this.#signal.aborted && this.#left + this.#training.size > 0) {
        this.#fill();
        await this.#next();
        this.#addFinalists();
      }
    } finally {
      await Promise.all([...this.#training.values()].map(({ ended }) => ended));
      clearInterval(beats);
      this.#journal?.write();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Claims of processes that were killed after they had written the run's outcome. */
  #clearLeftClaims(ended: ReadonlySet<string>): void {
    const { directory } = this.options.folder;
    for (const name of readdirSync(studyFiles(directory).claims)) {
      const key = name.replace(/\.json$/, "");
      if (ended.has(key)) this.#watch.clear(claimFile(directory, key));
    }
  }

  /** Once a search is decided, its finalists are trained. */
  #addFinalists(): void {
    if (this.#search === undefined || this.#finalists !== undefined) return;
    this.#finalists = this.#search.finalistRuns;
    if (this.#finalists === undefined || this.#finalists.length === 0) return;
    const { directory } = this.options.folder;
    const ended = readOutcomes({ directory, runs: this.#finalists });
    this.options.onFinalists?.(this.#finalists, ended);
    for (const run of this.#finalists) if (!ended.has(run.key)) this.#pending.set(run.key, run);
    this.#clearLeftClaims(new Set(ended.keys()));
  }

  /** Begins as many runs as there are threads for. */
  #fill(): void {
    for (const key of this.#held) this.#search?.read(key);
    this.#held = new Set();
    this.#waiting = 0;
    for (const waiting of [this.#stopped, this.#pending]) {
      for (const run of waiting.values()) {
        if (this.#training.size >= this.threads) return;
        if (this.#waits(run)) {
          this.#waiting++;
          continue;
        }
        const claim = this.#claim(run);
        if (claim === undefined) continue;
        waiting.delete(run.key);
        this.#training.set(run.key, { claim, ended: this.#train(run, claim) });
      }
    }
    if (this.#training.size > 0 || this.#held.size === 0 || this.#isWaiting) return;
    this.#isWaiting = true;
    this.options.onWait?.(this.#held.size);
  }

  /** Waits until a run ends or, where other processes have some, for the next look at them. */
  async #next(): Promise<void> {
    const ended = [...this.#training.values()].map((training) => training.ended);
    const looks = this.#left > 0 && this.#training.size < this.threads;
    if (!looks) {
      // Without any, the others' runs ended meanwhile.
      if (ended.length > 0) await Promise.race(ended);
      return;
    }
    const timer = new AbortController();
    const signal = AbortSignal.any([timer.signal, this.#signal]);
    const look = sleep(this.pace.look, undefined, { signal }).catch(() => {});
    await Promise.race([...ended, look]);
    timer.abort();
  }

  /** Takes a run for this process; undefined where another has it, or had it and it is done. */
  #claim(run: PlannedRun): Claim | undefined {
    const { directory } = this.options.folder;
    if (this.#isDoneElsewhere(run)) return undefined;
    if (performance.now() < (this.#busy.get(run.key) ?? 0)) {
      this.#held.add(run.key);
      return undefined;
    }
    const path = claimFile(directory, run.key);
    let claim = takeClaim(path);
    if (claim === undefined) {
      const state = this.#watch.clear(path);
      if (state !== "held") claim = takeClaim(path);
      // Where that process lives on, it finds its lock gone before it writes again, and ends.
      if (claim && state === "abandoned") {
        removeFile(join(studyRunFolder(directory, run.key), lockName));
      }
    }
    if (claim === undefined) {
      this.#held.add(run.key);
      return undefined;
    }
    // Its process may have ended it just before this one claimed it, or trained it to a rung.
    this.#search?.read(run.key);
    const isFarEnough = this.#isFarEnough(run);
    if (!this.#isDoneElsewhere(run) && !this.#waits(run) && !isFarEnough) return claim;
    if (isFarEnough) this.#drop(run);
    claim.release();
    return undefined;
  }

  /** This process has nothing to do for a run any more. */
  #drop({ key }: PlannedRun): void {
    this.#pending.delete(key);
    this.#stopped.delete(key);
  }

  /** Whether a run has come to the epoch that it is to stop at. */
  #isFarEnough({ key, variant }: PlannedRun): boolean {
    const { folder, untilEpoch } = this.options;
    if (untilEpoch === undefined || untilEpoch >= variant.recipe.epochs) return false;
    const { metrics = [] } = readHistory(studyRunFolder(folder.directory, key)) ?? {};
    return metrics.length >= untilEpoch;
  }

  /** Whether a run waits for others to come to its rung. */
  #waits({ key }: PlannedRun): boolean {
    return this.#search?.has(key) === true && this.#search.stepOf(key).kind === "wait";
  }

  #isDoneElsewhere(run: PlannedRun): boolean {
    const { directory } = this.options.folder;
    if (!existsSync(outcomeFile(directory, run.key))) return false;
    this.#drop(run);
    this.#search?.read(run.key);
    this.options.onElsewhere?.(run, readOutcome(directory, run.key));
    return true;
  }

  /** Trains a run; never rejects. */
  async #train(run: PlannedRun, claim: Claim): Promise<void> {
    const { directory } = this.options.folder;
    let outcome: Outcome | undefined;
    try {
      outcome = await this.#outcome(run);
      // A process that took the run over writes its outcome.
      if (outcome !== undefined && !claim.isOwn()) outcome = undefined;
      if (outcome !== undefined) {
        writeOutcome(directory, outcome);
        this.#journal?.add(outcome);
      }
    } catch (error) {
      outcome = undefined;
      this.#failure ??= error;
      this.#own.abort();
    }
    claim.release();
    this.#training.delete(run.key);
    if (outcome === undefined && !this.#isFarEnough(run)) this.#stopped.set(run.key, run);
    if (outcome?.outcome === "failed" && this.#search?.has(run.key)) {
      this.#search.learnFailure(run.key);
    }
    this.#changed();
    this.options.onEnd?.(run, outcome);
  }

  /** How a run ends; undefined where it was stopped, or another process has its folder. */
  async #outcome(run: PlannedRun): Promise<Outcome | undefined> {
    try {
      const trained = this.#prunedRun(run) ?? (await this.#record(run));
      if (trained.record.state === "done") return outcomeOf(run.key, trained);
      return this.#isPruned(run) ? prunedOutcome(run.key, trained) : undefined;
    } catch (error) {
      if (this.#signal.aborted && error === this.#signal.reason) return undefined;
      // The run is not to blame, and is resumed when the machine is well.
      if (error instanceof MachineFault) throw error;
      if (!(error instanceof FolderInUse)) return failedOutcome(run.key, error);
      this.#busy.set(run.key, performance.now() + this.pace.look);
      return undefined;
    }
  }

  /** A run that is pruned, and that its process has stopped as it should; another is resumed, to be stopped at once. */
  #prunedRun(run: PlannedRun): Run | undefined {
    const directory = studyRunFolder(this.options.folder.directory, run.key);
    if (!this.#isPruned(run) || readRecord(directory).state !== "stopped") return undefined;
    return readRun(directory);
  }

  #isPruned({ key }: PlannedRun): boolean {
    return this.#search?.has(key) === true && this.#search.stepOf(key).kind === "prune";
  }

  #record(run: PlannedRun): Promise<Run> {
    const { folder, onStart, onProgress, onEpoch, onNote, untilEpoch } = this.options;
    const directory = studyRunFolder(folder.directory, run.key);
    const search = this.#search?.has(run.key) ? this.#search : undefined;
    return this.recordRun(
      {
        ...run.variant.recipe,
        ...{ directory, seed: run.seed, data: this.#data, signal: this.#signal },
        model: folder.networks.get(run.variant.name)!,
        resume: isRun(directory),
        ...(search && { stopAfter: (metrics) => this.#stopsAfter(search, run, metrics) }),
        ...(untilEpoch !== undefined && { stopAfter: ({ length }) => length >= untilEpoch }),
        onStart: (engine, epochsDone) => onStart?.(run, engine, epochsDone),
        onProgress: (progress) => onProgress?.(run, progress),
        onEpoch: (metrics) => onEpoch?.(run, metrics),
        onNote: (line) => onNote?.(run, line),
      },
      this.trainerFor(() => this.#threadsOf(run)),
    );
  }

  /**
   * Whether a run of a search stops after its last epoch. One that waits for runs that are all in training here keeps its
   * thread until they have come to its rung: to stop it and begin again would take longer. No two runs wait for each
   * other, as one that waits has come to the rung.
   */
  async #stopsAfter(
    search: SearchProgress,
    { key }: PlannedRun,
    metrics: readonly EpochMetrics[],
  ): Promise<boolean> {
    search.learn(key, metrics);
    this.#changed();
    for (;;) {
      const step = search.stepOf(key);
      if (step.kind === "train") return metrics.length >= step.until;
      if (step.kind === "prune" || this.#signal.aborted) return true;
      if (!step.for.every((other) => this.#training.has(other))) return true;
      await this.#change.promise;
    }
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = resolvable();
  }

  #threadsOf(run: PlannedRun): number {
    const left = this.#training.size + this.#left - this.#held.size - this.#waiting;
    const at = [...this.#training.keys()].indexOf(run.key);
    return shareThreads(Math.max(1, left), this.threads)[Math.max(0, at)] ?? 1;
  }
}
