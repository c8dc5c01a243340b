import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkWhole } from "../../arguments.js";
import { canonicalJson } from "../../canonical-json.js";
import { InputError } from "../../errors.js";
import { MachineFault } from "../../files/file-problem.js";
import { createNewFolder, removeFolder, removeIfEmpty } from "../../files/folders.node.js";
import { checkStudyEngine } from "../study-codec.js";
import { ownEngine } from "../study-folder.node.js";
import { EpochUpload } from "./epoch-upload.js";
import {
  type DataFacts,
  type Job,
  jobId,
  names,
  parseCard,
  parseJob,
  queueName,
  type RunEnd,
  type StudyCard,
  type WorkerCard,
  type WorkerRun,
} from "./messages.js";
import { writeArchive } from "./run-archive.node.js";
import { fetchData } from "./sent-data.node.js";
import {
  type JobEnd,
  type LockPace,
  type QueueServer,
  Refusal,
  type Store,
  type TakenJob,
} from "./server.js";
import type { TaskEnd } from "./train-child.node.js";
import { TrainingProcess } from "./training-process.node.js";

/** Called while a worker works. */
export interface WorkerCallbacks {
  /** A run begins, after the epochs that it has already. */
  readonly onBegin?: (job: Job, epochsDone: number) => void;
  /** The state of an epoch is on the server. */
  readonly onEpoch?: (job: Job, epoch: number) => void;
  /** How a run ended here, in a few words. */
  readonly onEnd?: (job: Job, how: string) => void;
  /** A line for people. */
  readonly onNote?: (line: string) => void;
}

export interface WorkerOptions extends WorkerCallbacks {
  readonly server: QueueServer;
  /** Shown beside what it trains. */
  readonly name: string;
  /** Runs at once, each on one thread in a process of its own. */
  readonly threads: number;
  /** Whether it ends when no run waits. Default: it waits for runs. */
  readonly once?: boolean;
  /** When it aborts, the epochs that run are finished, and their runs go back to the queue. */
  readonly signal?: AbortSignal;
  /** Where data that were sent are kept. */
  readonly dataFolder: string;
  /** Where a folder for the runs in training is made, and removed at the end. */
  readonly scratch: string;
}

/** Milliseconds. */
export interface WorkerPace extends LockPace {
  /** Between two times that a worker shows itself. */
  readonly show: number;
}

/** Generous: a lock that runs out costs an epoch at most, but a machine that is short of time must not lose it. */
export const usualWorkerPace: WorkerPace = {
  ...{ lock: 60_000, stalled: 30_000, retry: 2_000 },
  show: 2_000,
};

/** How long a worker counts as there after it has shown itself, in these times. */
const shownFor = 8;
/** Between two looks for data that a study was asked for, milliseconds. */
const dataPause = 500;
/** How long a wish for data stands, milliseconds. */
const wishFor = 30_000;

/**
 * Trains runs from a queue until it is stopped. A run continues from the last epoch that any worker had of it; each
 * epoch's state goes to the queue's server.
 *
 * @throws InputError where the folders cannot be written; `MachineFault` where the disk is full or failed: its runs go back
 *   to the queue
 */
export async function runWorker(
  options: WorkerOptions,
  pace: WorkerPace = usualWorkerPace,
): Promise<void> {
  checkWhole("runWorker", "threads", options.threads, 1);
  const id = randomBytes(8).toString("hex");
  const scratch = join(options.scratch, `fovea-worker-${id}`);
  createNewFolder(scratch);
  try {
    await new QueueWorker({ ...options, scratch }, pace, id, await ownEngine()).run();
  } finally {
    removeIfEmpty(scratch);
  }
}

/** A run in training here. */
interface ActiveRun {
  readonly job: Job;
  readonly state: { -readonly [Member in keyof WorkerRun]: WorkerRun[Member] };
  process?: TrainingProcess;
  /** Whether its study was cancelled. */
  isCancelled: boolean;
}

class QueueWorker {
  readonly #store: Store;
  readonly #active = new Map<string, ActiveRun>();
  /** Processes that wait for a run. */
  readonly #idle: TrainingProcess[] = [];
  readonly #fetching = new Map<string, Promise<void>>();
  /** Studies whose engine rounds otherwise, and that people were told of. */
  readonly #foreign = new Set<string>();
  readonly #end = new AbortController();
  /** Why this machine can train no more. */
  #fault: MachineFault | undefined;
  readonly #signal: AbortSignal;

  constructor(
    private readonly options: WorkerOptions,
    private readonly pace: WorkerPace,
    private readonly id: string,
    private readonly engine: StudyCard["engine"],
  ) {
    this.#store = options.server.store;
    const { signal } = options;
    this.#signal = AbortSignal.any([this.#end.signal, ...(signal ? [signal] : [])]);
  }

  async run(): Promise<void> {
    const { server, name, threads, once } = this.options;
    const queue = await server.queue(queueName(this.engine));
    const shown = this.#keepShown();
    const work = await queue.work({
      ...{ name, concurrency: threads, pace: this.pace },
      work: (job) => this.#work(job),
      onEmpty: () => {
        if (once) this.#end.abort();
      },
    });
    await aborted(this.#signal);
    if (this.options.signal?.aborted || this.#fault) {
      for (const { process } of this.#active.values()) process?.stop();
    }
    await work.close();
    for (const process of this.#idle) process.kill();
    shown.stop();
    await this.#store.removeMember(names.workers, this.id);
    if (this.#fault) throw this.#fault;
  }

  /** Shows this worker to studies every now and then, and looks what they want of it. */
  #keepShown(): { readonly stop: () => void } {
    let isOver = false;
    const repeat = async () => {
      while (!isOver) {
        await this.#show().catch((error: unknown) => this.#note(`${error}`));
        await sleep(this.pace.show);
      }
    };
    void repeat();
    return {
      stop: () => {
        isOver = true;
      },
    };
  }

  async #show(): Promise<void> {
    const { name, threads } = this.options;
    const runs = [...this.#active.values()].map(({ state }) => ({ ...state }));
    const card: WorkerCard = {
      ...{ format: 1, name, host: hostname(), pid: process.pid, engine: this.engine },
      ...{ threads, runs },
    };
    const text = JSON.stringify(card);
    await this.#store.setMember(names.workers, this.id, text, this.pace.show * shownFor);
    const cards = await this.#cards();
    for (const active of this.#active.values()) {
      const study = cards.get(active.job.study);
      if (active.isCancelled || (study !== undefined && study.state !== "cancelled")) continue;
      active.isCancelled = true;
      active.process?.stop();
    }
    for (const study of cards.values()) this.#tellForeign(study);
  }

  async #cards(): Promise<Map<string, StudyCard>> {
    const cards = new Map<string, StudyCard>();
    for (const [id, text] of await this.#store.members(names.studies)) {
      try {
        cards.set(id, parseCard(text, `study ${id}`));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        if (!this.#foreign.has(id)) this.#note(`${error.message}; left out`);
        this.#foreign.add(id);
      }
    }
    return cards;
  }

  /** Runs of an engine that rounds otherwise are in another queue; people must know why this one does not train them. */
  #tellForeign({ id, name, engine }: StudyCard): void {
    if (this.#foreign.has(id) || canonicalJson(engine) === canonicalJson(this.engine)) return;
    this.#foreign.add(id);
    try {
      checkStudyEngine(`study ${name}`, engine, this.engine);
    } catch (error) {
      this.#note(`${(error as Error).message}; refused, left to other workers`);
    }
  }

  async #work(taken: TakenJob): Promise<JobEnd> {
    const job = this.#checked(taken);
    const card = await this.#card(job);
    // A study that has ended, or begins no runs any more.
    if (card?.state !== "running" || this.#signal.aborted) {
      return card?.state === "running" ? "back" : "done";
    }
    if (card.data.digest !== job.spec.data.digest) {
      throw this.#refusal(new InputError(job.key, "the data of its study", "others"));
    }
    // Its worker ended just before it could say so.
    if ((await this.#store.get(names.result(job.study, job.digest))) !== undefined) {
      await this.#tell(job, {});
      return "done";
    }
    const { study, key, spec } = job;
    const { epochs } = spec.recipe;
    const state = { study, key, kept: 0, epoch: 1, epochs, done: 0, total: 0, imagesPerSecond: 0 };
    const active: ActiveRun = { job, state, isCancelled: false };
    this.#active.set(taken.id, active);
    try {
      return await this.#train(active, card.data, taken.lost);
    } catch (error) {
      active.process?.kill();
      if (error instanceof MachineFault && !taken.lost.aborted) return this.#giveBack(job, error);
      if (!taken.lost.aborted) throw error;
      this.options.onEnd?.(job, "another worker has it, as this one was not heard of");
      return "done";
    } finally {
      this.#active.delete(taken.id);
      removeFolder(this.#folder(job));
    }
  }

  /** A run is not to blame for this machine: another worker trains it, and this one begins no more. */
  #giveBack(job: Job, fault: MachineFault): JobEnd {
    this.#fault ??= fault;
    this.options.onEnd?.(job, `${fault.message}; it goes back to the queue`);
    this.#end.abort();
    return "back";
  }

  /** @throws Refusal where it is no job, or one of another engine */
  #checked({ id, data }: TakenJob): Job {
    try {
      const job = parseJob(data, `job ${id}`);
      if (jobId(job) !== id) throw new InputError(`job ${id}`, `the id ${jobId(job)}`, id);
      checkStudyEngine(`job ${id}`, job.spec.engine, this.engine);
      return job;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw this.#refusal(error);
    }
  }

  #refusal({ message }: InputError): Refusal {
    this.#note(`${message}; refused`);
    return new Refusal(message);
  }

  async #card({ study }: Job): Promise<StudyCard | undefined> {
    const text = await this.#store.member(names.studies, study);
    return text === undefined ? undefined : parseCard(text, `study ${study}`);
  }

  async #train(active: ActiveRun, facts: DataFacts, lost: AbortSignal): Promise<JobEnd> {
    const { job } = active;
    const directory = this.#folder(job);
    await this.#prepare(job, directory);
    const upload = new EpochUpload(this.#store, job, (epoch) => {
      active.state.kept = Math.max(active.state.kept, epoch);
      this.options.onEpoch?.(job, epoch);
    });
    const end = await this.#trained(active, { directory, facts, upload, lost });
    if (end === undefined) return "back";
    await upload.ended();
    const { onEnd } = this.options;
    switch (end.type) {
      case "trained":
        await this.#store.putNewer(names.result(job.study, job.digest), 1, end.archive);
        await this.#tell(job, { bits: end.bits });
        onEnd?.(job, "done");
        return "done";
      case "failed":
        await this.#tell(job, { failed: end.reason });
        onEnd?.(job, `failed: ${end.reason}`);
        return "done";
      default:
        onEnd?.(job, active.isCancelled ? "cancelled" : "stopped; it goes back to the queue");
        return active.isCancelled ? "done" : "back";
    }
  }

  /** Trains, and fetches the data where they are not here; undefined where it was stopped before that. */
  async #trained(
    active: ActiveRun,
    {
      directory,
      facts,
      upload,
      lost,
    }: {
      readonly directory: string;
      readonly facts: DataFacts;
      readonly upload: EpochUpload;
      readonly lost: AbortSignal;
    },
  ): Promise<Exclude<TaskEnd, { type: "no data" | "unable" }> | undefined> {
    const { job } = active;
    const network = await this.#network(job);
    const { dataFolder } = this.options;
    for (let isFetched = false; ; isFetched = true) {
      // Stopped while it was prepared.
      if (this.options.signal?.aborted) return undefined;
      const training = this.#takeProcess();
      active.process = training;
      const kill = () => training.kill();
      lost.addEventListener("abort", kill);
      const end = await training
        .train({ job, directory, network, facts, dataFolder }, this.#callbacks(active, upload))
        .finally(() => lost.removeEventListener("abort", kill));
      if (training.isAlive && !lost.aborted) this.#idle.push(training);
      lost.throwIfAborted();
      if (end.type === "unable") throw new MachineFault(end.where, end.expected, end.got);
      if (end.type !== "no data") {
        if (end.type === "stopped" && end.archive) upload.put(end.epochs, end.archive);
        return end;
      }
      if (isFetched)
        throw new Error(`${job.key}: the data on the server are not those of its study`);
      await this.#fetch(facts);
    }
  }

  #callbacks(active: ActiveRun, upload: EpochUpload) {
    const { job, state } = active;
    return {
      onMessage: (message: Parameters<Parameters<TrainingProcess["train"]>[1]["onMessage"]>[0]) => {
        switch (message.type) {
          case "begun":
            state.kept = message.epochsDone;
            state.epoch = Math.min(state.epochs, message.epochsDone + 1);
            this.options.onBegin?.(job, message.epochsDone);
            return;
          case "progress": {
            const { phase, epoch, done, total, imagesPerSecond } = message.progress;
            state.epoch = epoch;
            state.total = total;
            state.done = phase === "train" ? done : total;
            if (imagesPerSecond > 0) state.imagesPerSecond = imagesPerSecond;
            return;
          }
          case "epoch":
            upload.put(message.epoch, message.archive);
            return;
          case "note":
            this.#note(`${job.key}: ${message.line}`);
        }
      },
    };
  }

  /** Writes what other workers have of a run. */
  async #prepare(job: Job, directory: string): Promise<void> {
    removeFolder(directory);
    const key = names.epoch(job.study, job.digest);
    const archive = await this.#store.get(key);
    if (archive === undefined) return;
    try {
      writeArchive(directory, archive, key);
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof MachineFault) throw error;
      this.#note(`${error.message}; ${job.key} begins anew`);
      removeFolder(directory);
    }
  }

  async #network({ study, spec }: Job): Promise<string> {
    const key = names.network(study, spec.model);
    const bytes = await this.#store.get(key);
    if (bytes === undefined) throw new Error(`${key} is not on the server`);
    return new TextDecoder().decode(bytes);
  }

  /** Gets data from the server; where they are not there, asks the study for them. Several runs wait together. */
  #fetch(facts: DataFacts): Promise<void> {
    const { digest } = facts;
    const going = this.#fetching.get(digest);
    if (going) return going;
    const fetching = this.#fetchNow(facts).finally(() => this.#fetching.delete(digest));
    this.#fetching.set(digest, fetching);
    return fetching;
  }

  async #fetchNow(facts: DataFacts): Promise<void> {
    const { dataFolder, signal } = this.options;
    let isTold = false;
    while (!signal?.aborted && !(await fetchData(this.#store, facts, dataFolder))) {
      await this.#store.setMember(names.wanted, facts.digest, facts.name, wishFor);
      if (!isTold) this.#note(`waiting for the data ${facts.name} from their study`);
      isTold = true;
      await sleep(dataPause);
    }
  }

  async #tell(job: Job, how: Pick<RunEnd, "bits" | "failed">): Promise<void> {
    const { study, key, digest } = job;
    const end: RunEnd = { format: 1, key, digest, worker: this.options.name, ...how };
    await this.#store.push(names.ends(study), JSON.stringify(end));
  }

  #takeProcess(): TrainingProcess {
    for (;;) {
      const process = this.#idle.pop();
      if (process === undefined) return new TrainingProcess();
      if (process.isAlive) return process;
    }
  }

  #folder(job: Job): string {
    return join(this.options.scratch, jobId(job));
  }

  #note(line: string): void {
    this.options.onNote?.(line);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
