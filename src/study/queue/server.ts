/** Texts and bytes by name, on a queue's server. Everything may be done twice. */
export interface Store {
  /**
   * Keeps bytes where there are none of this version or a later one.
   *
   * @returns whether they were kept
   */
  readonly putNewer: (key: string, version: number, bytes: Uint8Array) => Promise<boolean>;
  readonly get: (key: string) => Promise<Uint8Array | undefined>;
  readonly remove: (...keys: readonly string[]) => Promise<void>;
  /** Sets a text of a group. @param forMs after which it is gone, unless it is set again */
  readonly setMember: (group: string, id: string, text: string, forMs?: number) => Promise<void>;
  readonly members: (group: string) => Promise<Map<string, string>>;
  readonly member: (group: string, id: string) => Promise<string | undefined>;
  readonly removeMember: (group: string, id: string) => Promise<void>;
  /** Adds a text to the end of a list. */
  readonly push: (list: string, text: string) => Promise<void>;
  /** The first texts of a list. */
  readonly first: (list: string, most: number) => Promise<string[]>;
  /** Removes the first text of a list that is equal. */
  readonly drop: (list: string, text: string) => Promise<void>;
  readonly removeList: (list: string) => Promise<void>;
}

/** A job of a queue, as data. */
export interface QueuedJob {
  readonly id: string;
  readonly data: unknown;
}

export interface FailedJob {
  readonly id: string;
  readonly reason: string;
}

/** What becomes of a job: it is done with, or another worker does it. */
export type JobEnd = "done" | "back";

/** A job that this worker has. */
export interface TakenJob extends QueuedJob {
  /** Aborts when the job is another worker's, as its lock ran out. */
  readonly lost: AbortSignal;
}

/** How jobs are locked, milliseconds. */
export interface LockPace {
  /** How long a job stays a worker's that is not heard of. */
  readonly lock: number;
  /** Between two looks for jobs whose worker is not heard of. */
  readonly stalled: number;
  /** After a connection was lost. */
  readonly retry: number;
}

export interface WorkOptions {
  readonly name: string;
  /** Jobs at once. */
  readonly concurrency: number;
  readonly pace: LockPace;
  /** Does a job. After an error the queue gives it to a worker again, five times in all; a `Refusal` ends it as failed. */
  readonly work: (job: TakenJob) => Promise<JobEnd>;
  /** Nothing waits in the queue. */
  readonly onEmpty: () => void;
}

/** A job that no worker can do. */
export class Refusal extends Error {}

/** Jobs that wait for workers. */
export interface JobQueue {
  /** Puts jobs; one whose id is in the queue stays as it is. */
  readonly add: (jobs: readonly QueuedJob[]) => Promise<void>;
  /** Removes a job that no worker has. */
  readonly remove: (id: string) => Promise<void>;
  /** Jobs that were given up. */
  readonly failed: () => Promise<FailedJob[]>;
  /** How many wait. */
  readonly waiting: () => Promise<number>;
  /** Does jobs until it is closed; `close` waits for those that have begun. */
  readonly work: (options: WorkOptions) => Promise<{ readonly close: () => Promise<void> }>;
  readonly close: () => Promise<void>;
}

/** A server that studies and workers meet at. */
export interface QueueServer {
  /** Its address, without a password. */
  readonly shown: string;
  readonly store: Store;
  /** The queue of this name. */
  readonly queue: (name: string) => Promise<JobQueue>;
  readonly close: () => Promise<void>;
}

/** A line for people about the connection. */
export type ConnectionNote = (line: string) => void;

/** Tells of a connection that is lost, and of its return, once each. */
export class ConnectionWatch {
  #isLost = false;

  constructor(
    private readonly shown: string,
    private readonly onNote: ConnectionNote,
  ) {}

  lost(error: Error): void {
    if (this.#isLost) return;
    this.#isLost = true;
    const reason = "code" in error ? String(error.code) : error.message;
    this.onNote(`connection to ${this.shown} lost (${reason}); trying again`);
  }

  found(): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    this.onNote(`connected to ${this.shown} again`);
  }
}
