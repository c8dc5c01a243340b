import { mkdir, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { checkOptions } from "../arguments.js";
import { InputError } from "../errors.js";
import { fileProblem } from "../files/file-problem.js";
import { writeAll } from "../files/open-file.node.js";
import { operations } from "../files/operations.node.js";
import { openGrowing, writeAtomically } from "../files/write-file.node.js";
import { BlockedError, httpGet } from "./http-get.node.js";
import { ProxyError } from "./proxy.node.js";
import { readDataFile } from "./read-data-file.node.js";
import { checkMnistFile, MNIST_FILES, MNIST_ROLES, type NamedBytes } from "./sources/mnist.js";

/** Public copies of MNIST, tried in turn; each holds the four gzipped files under their own names. */
export const MNIST_MIRRORS: readonly string[] = [
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
  "https://raw.githubusercontent.com/fgnt/mnist/master/",
];

/** A file that mirrors have. */
export interface RemoteFile {
  /** Its name on the mirrors and in the folder. */
  readonly name: string;
  /** Throws InputError where its bytes are not the right ones. */
  readonly check: (file: NamedBytes) => Promise<unknown>;
}

/** How often a file is asked of one mirror when the connection breaks in its middle. */
const ATTEMPTS = 3;

/** Far above the largest of the files (10 MB): a mirror that sends more sends something else. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Told about progress: the file's name, bytes so far, and all bytes where the server says. */
export type DownloadProgress = (file: string, done: number, total: number | undefined) => void;

/** Options of {@link downloadMnist}. */
export interface DownloadOptions {
  /** Base addresses that end in `/`; default `MNIST_MIRRORS`. */
  mirrors?: readonly string[];
  /** Milliseconds until a mirror must have begun to answer, default 3000: offline shows soon. */
  answerWithin?: number;
  /** Milliseconds without a byte after which a connection counts as broken, default 20,000. */
  stalledAfter?: number;
  /** Milliseconds for all files together, default 1,200,000 (20 minutes). */
  allWithin?: number;
  /** Bytes that a file may have, default 64 MiB. */
  mostBytes?: number;
  /** Where HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are looked up, default `process.env`. */
  environment?: Readonly<Record<string, string | undefined>>;
  onProgress?: DownloadProgress;
  /** Ends the download; what has arrived is kept for the next try. */
  signal?: AbortSignal;
}

const OPTIONS = [
  "mirrors",
  "answerWithin",
  "stalledAfter",
  "allWithin",
  "mostBytes",
  "environment",
  "onProgress",
  "signal",
] satisfies (keyof DownloadOptions)[];

/**
 * A data set could not be had from any mirror; the message says what each of them answered last.
 *
 * @example
 * try {
 *   await downloadMnist("mnist");
 * } catch (error) {
 *   if (error instanceof DownloadError) console.log(error.message);
 * }
 */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

/** A mirror answered, but not with the file: asking it again is no use. */
class RefusedError extends Error {}

/** A file of the cache cannot be written: no mirror can help. */
class WriteError extends InputError {
  constructor(path: string, error: unknown, kind = "file") {
    const got = error instanceof InputError ? error.got : fileProblem(error);
    super(path, `a ${kind} that can be written`, got ?? String(error));
  }
}

/** What went wrong, in few words. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  // Of several addresses of a host that were tried, Node tells the code alone.
  if (error.message === "") return code ?? error.name;
  return code === undefined || error.message.includes(code)
    ? error.message
    : `${error.message}, ${code}`;
}

/** What a mirror that did not give a file answered. */
interface Failure {
  readonly mirror: string;
  readonly error: unknown;
}

/** One line about all mirrors; short when none of them could be reached at all. */
function summaryOf(failures: readonly Failure[]): string {
  const reachedNone = failures.every(
    ({ error }) => !(error instanceof RefusedError || error instanceof InputError),
  );
  const reasons = [...new Set(failures.map(({ error }) => reasonOf(error)))];
  if (reachedNone) {
    const isBlocked = failures.some(({ error }) => error instanceof BlockedError);
    return `${isBlocked ? "no mirror reached" : "offline"}: ${reasons.join(", ")}`;
  }
  return failures
    .map(({ mirror, error }) => `${new URL(mirror).host}: ${reasonOf(error)}`)
    .join("; ");
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (entry) => entry.size,
    () => 0,
  );
}

/** The size of the whole file, where the server says it. */
function totalSize({ headers }: IncomingMessage, start: number): number | undefined {
  const range = /\/(\d+)$/.exec(headers["content-range"] ?? "");
  if (range) return Number(range[1]);
  const length = headers["content-length"];
  return length === undefined ? undefined : start + Number(length);
}

/** Aborts when nobody has called `alive` for a while. */
class Watchdog {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something happened; the next thing must happen within `milliseconds`. */
  alive(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#controller.abort(new Error(`no answer within ${milliseconds / 1000} s`));
    }, milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Fetches `url` to the end of the file `part`: continues what is there where the server allows it,
 * else starts again.
 */
async function fetchOnto(
  part: string,
  url: string,
  name: string,
  options: DownloadOptions,
): Promise<void> {
  const { answerWithin = 3000, environment = process.env, signal } = options;
  const watchdog = new Watchdog();
  const signals = signal ? [signal, watchdog.signal] : [watchdog.signal];
  const have = await sizeOf(part);
  try {
    watchdog.alive(answerWithin);
    const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
    const answer = await httpGet(url, { headers, signal: AbortSignal.any(signals), environment });
    try {
      const { statusCode = 0 } = answer;
      // 416: nothing is left to send, so all of it should be here; the digest will tell.
      if (statusCode === 416) return;
      if (statusCode !== 200 && statusCode !== 206) throw new RefusedError(`HTTP ${statusCode}`);
      await keep(answer, { part, name, have: statusCode === 206 ? have : 0 }, watchdog, options);
    } finally {
      answer.destroy();
    }
  } catch (error) {
    // The reason for ending the connection says more than the error of the ended connection.
    if (watchdog.signal.aborted) throw watchdog.signal.reason;
    throw error;
  } finally {
    watchdog.stop();
  }
}

/** Writes what arrives behind what is there. */
async function keep(
  answer: IncomingMessage,
  { part, name, have }: { readonly part: string; readonly name: string; readonly have: number },
  watchdog: Watchdog,
  options: DownloadOptions,
): Promise<void> {
  const { stalledAfter = 20_000, mostBytes = MOST_BYTES, onProgress } = options;
  const total = totalSize(answer, have);
  const checkSize = (bytes: number) => {
    if (bytes > mostBytes) throw new RefusedError(`a file of more than ${mostBytes} bytes`);
  };
  checkSize(total ?? 0);
  const file = writing(part, () => openGrowing(part, have > 0 ? "append" : "replace"));
  try {
    let done = have;
    onProgress?.(name, done, total);
    watchdog.alive(stalledAfter);
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      checkSize(done + chunk.length);
      writing(part, () => writeAll(file, chunk));
      done += chunk.length;
      onProgress?.(name, done, total);
      watchdog.alive(stalledAfter);
    }
  } catch (error) {
    // A part of a refused file is of no use.
    if (error instanceof RefusedError) await rm(part, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    operations.closeSync(file);
  }
}

/** Does something to a file of the cache; a failure is a WriteError, not a mirror's. */
function writing<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new WriteError(path, error);
  }
}

/** Fetches one file from one mirror; it gets its final name when its content is right. */
async function fetchFile(
  folder: string,
  mirror: string,
  { name, check }: RemoteFile,
  options: DownloadOptions,
): Promise<void> {
  const url = mirror + name;
  const part = join(folder, `${name}.part`);
  for (let attempt = 1; ; attempt++) {
    const resumed = await sizeOf(part);
    try {
      await fetchOnto(part, url, name, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof InputError) throw error;
      // A break in the middle is worth another try; a mirror that gave nothing is not.
      const progressed = (await sizeOf(part)) > resumed;
      if (error instanceof RefusedError || !progressed || attempt === ATTEMPTS) throw error;
      continue;
    }
    const bytes = writing(part, () => readDataFile(part));
    try {
      await check({ where: url, bytes });
    } catch (error) {
      await rm(part, { force: true });
      // Halves of two mirrors' wrappers do not fit together: once more, from the start.
      if (resumed > 0 && attempt < ATTEMPTS) continue;
      throw error;
    }
    const path = join(folder, name);
    // The bytes that were checked: another process may still write to the same part.
    writing(path, () => writeAtomically(path, bytes));
    await rm(part, { force: true });
    return;
  }
}

/**
 * Downloads MNIST's four gzipped files into a folder, which is made when it is not there. Files
 * already there under their final names are left alone.
 *
 * Each file is written as `<name>.part`, continued from there when the connection breaks or on the
 * next call, and gets its name when the SHA-256 of its content is right.
 *
 * @throws DownloadError when a file could not be had from any mirror, or not in time
 * @throws InputError when the folder or a file in it cannot be written, or a proxy's address is wrong
 * @throws the signal's reason when it was aborted
 * @example
 * await downloadMnist("mnist", {
 *   onProgress: (file, done, total) => console.log(file, done, total),
 * });
 */
export async function downloadMnist(folder: string, options: DownloadOptions = {}): Promise<void> {
  checkOptions("downloadMnist", options, OPTIONS);
  const files = MNIST_ROLES.map(
    (role): RemoteFile => ({
      name: `${MNIST_FILES[role].name}.gz`,
      check: (file) => checkMnistFile(file, role),
    }),
  );
  await downloadFiles(folder, files, { ...options, mirrors: options.mirrors ?? MNIST_MIRRORS });
}

/**
 * Downloads the files that are not in a folder yet, as `downloadMnist` does.
 *
 * @throws as `downloadMnist`
 */
export async function downloadFiles(
  folder: string,
  files: readonly RemoteFile[],
  options: DownloadOptions & { readonly mirrors: readonly string[] },
): Promise<void> {
  const { allWithin = 1_200_000, signal } = options;
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw new WriteError(folder, error, "folder");
  });
  const late = AbortSignal.timeout(allWithin);
  const either = signal ? AbortSignal.any([signal, late]) : late;
  try {
    for (const file of files) {
      if ((await sizeOf(join(folder, file.name))) > 0) continue;
      await fetchFromAny(folder, file, { ...options, signal: either });
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (late.aborted) throw new DownloadError(`not all of it within ${allWithin / 1000} s`);
    throw error;
  }
}

/** Asks one mirror after the other for a file. */
async function fetchFromAny(
  folder: string,
  file: RemoteFile,
  options: DownloadOptions & { readonly mirrors: readonly string[] },
): Promise<void> {
  const { mirrors, signal } = options;
  const failures: Failure[] = [];
  for (const mirror of mirrors) {
    signal?.throwIfAborted();
    try {
      await fetchFile(folder, mirror, file, options);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof WriteError || error instanceof ProxyError) throw error;
      failures.push({ mirror, error });
    }
  }
  throw new DownloadError(summaryOf(failures));
}
