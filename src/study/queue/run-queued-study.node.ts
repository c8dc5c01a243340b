import { setTimeout as sleep } from "node:timers/promises";
import { InputError } from "../../errors.js";
import { MachineFault } from "../../files/file-problem.js";
import { createFolder, removeIfEmpty } from "../../files/folders.node.js";
import { specOf } from "../../runs/new-record.js";
import { recordingOf } from "../../runs/recording.js";
import { isRun, readRun } from "../../runs/run-folder.node.js";
import { type RunSpec, runSpecDigest } from "../../runs/run-spec.js";
import type { PlannedRun, Variant } from "../expand.js";
import { failedOutcome, type Outcome, outcomeOf } from "../outcome.js";
import type { RunStudyOptions } from "../run-study.node.js";
import { checkStudyEngine } from "../study-codec.js";
import {
  checkStudyData,
  keptOutcomes,
  ownEngine,
  readOutcomes,
  studyFiles,
  studyRunFolder,
  writeOutcome,
} from "../study-folder.node.js";
import { IncomingRuns } from "./incoming-runs.node.js";
import {
  type Job,
  jobId,
  names,
  parseCard,
  parseEnd,
  parseWorker,
  queueName,
  type RunEnd,
  type StudyCard,
  type WorkerRun,
} from "./messages.js";
import {
  publishStudy,
  type QueuedStudy,
  removePublished,
  sendWantedData,
} from "./published-study.node.js";
import { beginFolderQueue, claimStudy } from "./queue-folder.node.js";
import { archiveFolder, runBits } from "./run-archive.node.js";
import type { JobQueue, QueueServer, Store } from "./server.js";

export interface QueuedStudyOptions extends Omit<RunStudyOptions, "threads"> {
  readonly server: QueueServer;
  /** Two workers gave other bits for one run, or a worker's result was refused. */
  readonly onProblem?: (line: string) => void;
}

/** Milliseconds. */
export interface ReceiverPace {
  /** Between two looks at the server. */
  readonly look: number;
  /** Between two beats of the claim. */
  readonly beat: number;
  /** Between two times that runs are put again which the server may have lost. */
  readonly put: number;
}

const usualPace: ReceiverPace = { look: 1_000, beat: 5_000, put: 60_000 };

/** Ends that are read at once. */
const mostEnds = 50;
/** How often a result that is not its run's may come before the run has failed. */
const mostRefusals = 3;

/**
 * Puts what is missing of a study in a queue, and receives what workers train: the state of each epoch, and how each run
 * ended. The folder becomes the one that `runStudy` makes. Where this process ends, workers go on, and the next one
 * receives what they have done.
 *
 * @returns the outcomes of all runs that have ended; of all that were asked for, unless `signal` aborted, or the study was
 *   cancelled or drained
 * @throws InputError where data or engine are not those of the study, it has a search, or another process has it
 */
export async function runQueuedStudy(
  options: QueuedStudyOptions,
  pace: ReceiverPace = usualPace,
): Promise<Map<string, Outcome>> {
  const { folder, data } = options;
  const { runs, outcomes, claims } = studyFiles(folder.directory);
  checkStudyEngine(folder.directory, folder.record.engine, await ownEngine());
  checkStudyData(folder, data);
  if (folder.record.study.search !== undefined) {
    throw new InputError(folder.directory, "a study without a search for a queue", "one with");
  }
  for (const each of [runs, outcomes, claims]) createFolder(each);
  const claim = claimStudy(folder.directory);
  const beats = setInterval(() => claim.beat(), pace.beat);
  try {
    await (await receiverOf(options, pace)).run();
  } finally {
    clearInterval(beats);
    claim.release();
  }
  return readOutcomes(folder);
}

async function receiverOf(options: QueuedStudyOptions, pace: ReceiverPace): Promise<Receiver> {
  const { server, folder } = options;
  const queue = await server.queue(queueName(folder.record.engine));
  const { id } = beginFolderQueue(folder.directory, server.shown);
  return new Receiver(options, pace, queue, id);
}

/** What this process knows of a run without an outcome. */
interface PendingRun {
  readonly run: PlannedRun;
  readonly job: Job;
  /** Epochs that its folder has. */
  received: number;
  /** Whether a worker trains it, as of the last look. */
  isTraining: boolean;
  refusals: number;
}

class Receiver {
  readonly #store: Store;
  readonly #incoming: IncomingRuns;
  readonly #study: QueuedStudy;
  /** By the digest of their specs. */
  readonly #pending = new Map<string, PendingRun>();
  /** Keys of runs that have ended, by the digest of their specs. */
  readonly #ended = new Map<string, string>();
  /** Specs of variants. */
  readonly #specs = new Map<string, RunSpec>();
  #lastPut = 0;

  constructor(
    private readonly options: QueuedStudyOptions,
    private readonly pace: ReceiverPace,
    private readonly queue: JobQueue,
    private readonly id: string,
  ) {
    this.#store = options.server.store;
    const { folder, data, runs = folder.runs, retryFailed } = options;
    this.#incoming = new IncomingRuns(folder.directory);
    this.#study = { folder, data, id };
    const outcomes = keptOutcomes({ directory: folder.directory, runs }, retryFailed);
    for (const run of runs) this.#place(run, outcomes.has(run.key));
  }

  #place(run: PlannedRun, hasEnded: boolean): void {
    const { folder } = this.options;
    try {
      const job = this.#job(run);
      if (hasEnded) this.#ended.set(job.digest, run.key);
      else {
        const received = this.#epochsOf(run.key);
        this.#pending.set(job.digest, { run, job, received, isTraining: false, refusals: 0 });
      }
    } catch (error) {
      if (hasEnded || !(error instanceof InputError)) throw error;
      // What cannot begin has failed, as where this process trains it.
      this.#end(run, failedOutcome(run.key, error));
      this.#ended.set(run.key, run.key);
      removeIfEmpty(studyRunFolder(folder.directory, run.key));
    }
  }

  async run(): Promise<void> {
    const { signal } = this.options;
    this.#incoming.clear();
    if (this.#pending.size === 0) return;
    await this.#publish();
    // Where the server is away, a look at it does not end.
    const givenUp = afterAbort(signal, this.pace.look * 3);
    while (!signal?.aborted) {
      if ((await Promise.race([this.#round(), givenUp])) === "over") break;
      await sleep(this.pace.look, undefined, { ...(signal && { signal }) }).catch(() => {});
    }
    if (this.#pending.size > 0) return;
    await removePublished(this.#store, this.#study);
    this.#incoming.clear();
  }

  /** Looks at the server once. */
  async #round(): Promise<"over" | "open"> {
    await this.#receiveEnds();
    const state = await this.#look();
    if (this.#pending.size === 0) return "over";
    if (state === "running") await this.#putAgain();
    return state !== "running" && this.#isIdle ? "over" : "open";
  }

  get #isIdle(): boolean {
    return [...this.#pending.values()].every(({ isTraining }) => !isTraining);
  }

  #job({ key, variant, seed }: PlannedRun): Job {
    const model = this.options.folder.networks.get(variant.name)!;
    const spec = { ...this.#variantSpec(variant), seed };
    return {
      ...{ format: 1, study: this.id, key, spec, digest: runSpecDigest(spec), model: model.name },
      ...(model.options && { options: { ...model.options } }),
    };
  }

  /** The spec of a variant's runs, apart from their seeds. */
  #variantSpec(variant: Variant): RunSpec {
    const known = this.#specs.get(variant.name);
    if (known) return known;
    const { folder, data } = this.options;
    const model = folder.networks.get(variant.name)!;
    const { directory, record } = folder;
    const recording = recordingOf({ ...variant.recipe, directory, seed: 0, data, model });
    const spec = specOf(recording, record.engine);
    this.#specs.set(variant.name, spec);
    return spec;
  }

  #epochsOf(key: string): number {
    const directory = studyRunFolder(this.options.folder.directory, key);
    return isRun(directory) ? readRun(directory).metrics.length : 0;
  }

  /** Puts everything that workers need. What is there already stays as it is. */
  async #publish(): Promise<void> {
    const { directory } = this.options.folder;
    await publishStudy(this.#store, this.#study);
    for (const { job, received, run } of this.#pending.values()) {
      if (received === 0) continue;
      const archive = archiveFolder(studyRunFolder(directory, run.key));
      await this.#store.putNewer(names.epoch(this.id, job.digest), received, archive);
    }
    await this.#putJobs();
  }

  async #putJobs(): Promise<void> {
    await this.queue.add(
      [...this.#pending.values()].map(({ job: data }) => ({ id: jobId(data), data })),
    );
    this.#lastPut = performance.now();
  }

  /** A server that was started again may have lost its last second, or everything. */
  async #putAgain(): Promise<void> {
    if ((await this.#card()) === undefined) return this.#publish();
    if (performance.now() - this.#lastPut >= this.pace.put) await this.#putJobs();
  }

  async #card(): Promise<StudyCard | undefined> {
    const text = await this.#store.member(names.studies, this.id);
    return text === undefined ? undefined : parseCard(text, `study ${this.id}`);
  }

  /** Takes what ended off the list, each when it is in the folder. */
  async #receiveEnds(): Promise<void> {
    const list = names.ends(this.id);
    for (;;) {
      const texts = await this.#store.first(list, mostEnds);
      for (const text of texts) {
        await this.#receiveEnd(text);
        await this.#store.drop(list, text);
      }
      if (texts.length < mostEnds) return;
    }
  }

  async #receiveEnd(text: string): Promise<void> {
    let end: RunEnd;
    try {
      end = parseEnd(text, `queue ${this.options.server.shown}`);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#problem(`${error.message}; left out`);
      return;
    }
    const endedKey = this.#ended.get(end.digest);
    if (endedKey !== undefined) {
      this.#compare(endedKey, end);
      await this.#store.remove(names.result(this.id, end.digest));
      return;
    }
    const pending = this.#pending.get(end.digest);
    if (pending === undefined) return;
    const outcome =
      end.failed === undefined
        ? await this.#received(pending, end)
        : failedOutcome(pending.run.key, new Error(end.failed));
    if (outcome === undefined) return;
    this.#end(pending.run, outcome);
    await this.#forget(pending.job);
  }

  /** A second result of a run is compared, and not written. */
  #compare(key: string, { worker, bits }: RunEnd): void {
    const directory = studyRunFolder(this.options.folder.directory, key);
    if (bits === undefined || !isRun(directory)) return;
    const own = runBits(readRun(directory));
    if (bits === own) {
      this.options.onNote?.(this.#runOf(key), `trained twice, with the same bits (${worker})`);
      return;
    }
    this.#problem(
      `${key}: expected bits ${own.slice(0, 12)}, as its folder has, got ${bits.slice(0, 12)} from ${worker}; one of two machines computes wrongly`,
    );
  }

  #runOf(key: string): PlannedRun {
    return this.options.folder.runs.find((run) => run.key === key)!;
  }

  /** Puts a result in the run's folder; undefined where it was not that run's, which is trained again. */
  async #received(pending: PendingRun, { worker, bits }: RunEnd): Promise<Outcome | undefined> {
    const { run, job } = pending;
    const key = names.result(this.id, job.digest);
    const archive = await this.#store.get(key);
    if (archive === undefined) {
      // The server has lost it.
      this.#lastPut = Number.NEGATIVE_INFINITY;
      return undefined;
    }
    try {
      const outcome = outcomeOf(run.key, this.#incoming.unpackResult(job, archive, bits));
      this.#incoming.keep(job);
      return outcome;
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof MachineFault) throw error;
      this.#problem(`${run.key}: result of ${worker} refused: ${error.message}`);
      await this.#store.remove(key, names.epoch(this.id, job.digest));
      pending.refusals++;
      if (pending.refusals >= mostRefusals) return failedOutcome(run.key, error);
      this.#lastPut = Number.NEGATIVE_INFINITY;
      return undefined;
    }
  }

  #end(run: PlannedRun, outcome: Outcome): void {
    writeOutcome(this.options.folder.directory, outcome);
    this.options.onEnd?.(run, outcome);
  }

  async #forget(job: Job): Promise<void> {
    this.#pending.delete(job.digest);
    this.#ended.set(job.digest, job.key);
    const { study, digest } = job;
    await this.#store.remove(names.result(study, digest), names.epoch(study, digest));
    await this.queue.remove(jobId(job));
  }

  /** What workers train, the epochs that they have, data that they want, and jobs that were given up. */
  async #look(): Promise<StudyCard["state"]> {
    const training = await this.#trainingRuns();
    for (const pending of this.#pending.values()) {
      const found = training.get(pending.run.key);
      if (found !== undefined) await this.#follow(pending, found);
      else if (pending.isTraining) {
        pending.isTraining = false;
        this.options.onEnd?.(pending.run, undefined);
      }
    }
    await sendWantedData(this.#store, this.options.data);
    await this.#receiveFailed();
    return (await this.#card())?.state ?? "running";
  }

  async #trainingRuns(): Promise<Map<string, WorkerRun>> {
    const found = new Map<string, WorkerRun>();
    for (const [id, text] of await this.#store.members(names.workers)) {
      try {
        for (const run of parseWorker(text, `worker ${id}`).runs) {
          if (run.study === this.id) found.set(run.key, run);
        }
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }
    return found;
  }

  async #follow(pending: PendingRun, found: WorkerRun): Promise<void> {
    const { run, job } = pending;
    const { onStart, onProgress } = this.options;
    if (!pending.isTraining) {
      pending.isTraining = true;
      const { build, shards } = this.options.folder.record.engine;
      onStart?.(run, { build, shards, threads: 1 }, found.kept);
    }
    const { epoch, epochs, done, total, imagesPerSecond } = found;
    if (total > 0) {
      onProgress?.(run, {
        ...{ phase: "train", epoch, epochs, done, total, imagesPerSecond },
        trainLoss: Number.NaN,
      });
    }
    if (found.kept <= pending.received) return;
    const archive = await this.#store.get(names.epoch(this.id, job.digest));
    if (archive === undefined) return;
    try {
      const { metrics } = this.#incoming.unpack(job, archive);
      this.#incoming.keep(job);
      pending.received = metrics.length;
      this.options.onEpoch?.(run, metrics.at(-1)!);
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof MachineFault) throw error;
      this.#problem(`${run.key}: state of epoch ${found.kept} refused: ${error.message}`);
      pending.received = found.kept;
    }
  }

  /** Jobs that the queue gave up: refused by a worker, or their workers ended again and again. */
  async #receiveFailed(): Promise<void> {
    for (const { id, reason } of await this.queue.failed()) {
      const [study, digest = ""] = id.split("-");
      if (study !== this.id) continue;
      const pending = this.#pending.get(digest);
      if (pending !== undefined) {
        this.#end(pending.run, failedOutcome(pending.run.key, new Error(reason)));
        await this.#forget(pending.job);
      } else await this.queue.remove(id);
    }
  }

  #problem(line: string): void {
    this.options.onProblem?.(line);
  }
}

/** Resolves a while after a signal has aborted. */
async function afterAbort(signal: AbortSignal | undefined, pause: number): Promise<"over"> {
  if (!signal?.aborted) {
    await new Promise<void>((resolve) =>
      signal?.addEventListener("abort", () => resolve(), { once: true }),
    );
  }
  await sleep(pause, undefined, { ref: false });
  return "over";
}
