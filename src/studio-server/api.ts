/**
 * What the studio's server and its page say to each other. Both import this file, so that they cannot disagree.
 * Addresses are relative to the page's.
 */

/** The header that carries the token of the address. */
export const tokenHeader = "x-fovea-token";

/** The name of the `meta` element by which a page knows that a server of Fovea gave it. */
export const serverMark = "fovea-server";

/** The member of the address's settings that has the token: `#/runs?token=…`. */
export const tokenSetting = "token";

export const apiPaths = {
  /** GET: server-sent events, each a {@link ServerEvent} as JSON. */
  events: "api/events",
  /** GET `?path=`: the bytes of a file of a run or study. */
  file: "api/file",
  /** GET: the paper's statements that the runs of the folder are judged by, {@link ClaimsAnswer}. */
  claims: "api/claims",
  /** GET: data on this machine, {@link DataAnswer}. Below it `mnist/ROLE`: the bytes of one of its files. */
  data: "api/data",
  /** POST {@link TrainingRequest}: begins a run. Answer: {@link Begun}. */
  trainings: "api/trainings",
  /** POST {@link StudyRequest}: begins a study. Answer: {@link Begun}. */
  studies: "api/studies",
  /** POST {@link ControlRequest}. */
  control: "api/control",
} as const;

/** Who writes to a folder, where that is a process that the server did not start. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Whether it runs; unknown for one of another machine. */
  readonly running: boolean | "unknown";
}

export interface ListedFile {
  readonly name: string;
  readonly bytes: number;
}

/** A run folder, as it lies on the disk. The page reads its texts with the same code as the command line. */
export interface RunEntry {
  readonly kind: "run";
  /** From the server's folder, with `/`; empty for that folder itself. */
  readonly path: string;
  /** The texts of `run.json` and `metrics.csv`. */
  readonly record: string;
  readonly metrics: string;
  readonly files: readonly ListedFile[];
  readonly holder?: Holder;
}

export interface StudyEntry {
  readonly kind: "study";
  readonly path: string;
  /** The text of `study.json`. */
  readonly record: string;
  /** The texts of the outcomes of its runs, by their keys. */
  readonly outcomes: Readonly<Record<string, string>>;
  readonly holder?: Holder;
}

/** A folder that cannot be read as what it seems to be. */
export interface BrokenEntry {
  readonly kind: "broken";
  readonly path: string;
  readonly problem: string;
}

export type FolderEntry = RunEntry | StudyEntry | BrokenEntry;

export type JobState = "training" | "paused" | "stopping" | "stopped" | "ended" | "failed";

/** A training or study that the server started. */
export interface Job {
  /** Of its folder, as in {@link RunEntry}. */
  readonly path: string;
  readonly kind: "run" | "study";
  readonly state: JobState;
  /** The last lines that it printed. */
  readonly lines: readonly string[];
}

/** All that there is. */
export interface Listing {
  /** The server's folder as people know it. */
  readonly folder: string;
  readonly entries: readonly FolderEntry[];
  readonly jobs: readonly Job[];
  /** Why not everything is listed. */
  readonly leftOut?: string;
  /** Whether trainings can be paused within an epoch, which Windows cannot. */
  readonly canPause: boolean;
}

/** What changed since the event before. */
export interface Change {
  /** New or changed. */
  readonly entries: readonly FolderEntry[];
  readonly removed: readonly string[];
  readonly jobs: readonly Job[];
  readonly leftOut?: string;
}

export type ServerEvent =
  | { readonly kind: "listing"; readonly listing: Listing }
  | { readonly kind: "change"; readonly change: Change }
  /** Every {@link aliveEvery}, so that a server that hangs is noticed. */
  | { readonly kind: "alive" };

/** Milliseconds. */
export const aliveEvery = 2_000;

/** Images of a batch, of what is trained from a page. */
export const mostBatchSize = 65_536;

/** A training of a network of the catalogue. What is missing has the defaults of `fovea train`. */
export interface TrainingRequest {
  readonly model: string;
  readonly data: string;
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  /** Training images to hold out. */
  readonly validation?: number;
  readonly threads?: number;
  readonly options?: Readonly<Record<string, number | boolean | string>>;
}

export interface StudyRequest {
  /** Names its folder. */
  readonly name: string;
  /** As `fovea study` reads it, with networks of the catalogue alone. */
  readonly manifest: unknown;
}

export interface Begun {
  readonly path: string;
}

/** `resume` trains on what was stopped; `continue` goes on with what is paused. */
export const controlActions = ["pause", "continue", "stop", "resume"] as const;

export interface ControlRequest {
  readonly path: string;
  readonly action: (typeof controlActions)[number];
}

/** Why a request was refused; with a status of 400 or more. */
export interface Refusal {
  readonly problem: string;
}

export interface JudgedStatement {
  readonly id: string;
  readonly statement: string;
  readonly verdict: string;
  readonly reason: string;
}

export interface ClaimsAnswer {
  /** Empty where no run has a paper's recipe and data. */
  readonly papers: readonly {
    readonly title: string;
    /** Paths of the runs that they are judged by. */
    readonly runs: readonly string[];
    readonly claims: readonly JudgedStatement[];
  }[];
}

export interface DataAnswer {
  readonly sets: readonly {
    readonly name: string;
    /** The last parts of the addresses of its files; none where the page makes them itself. */
    readonly roles: readonly string[];
  }[];
}
