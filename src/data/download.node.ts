import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError } from "../errors.js";
import { writeError } from "../files/file-problem.js";
import { writeAll } from "../files/open-file.node.js";
import { operations } from "../files/operations.node.js";
import { readBytes } from "../files/read-file.node.js";
import { openGrowing } from "../files/write-file.node.js";
import { checkMnistFile, MNIST_FILES, MNIST_ROLES, type MnistRole } from "./sources/mnist.js";

/** Public copies of MNIST, tried in turn; each holds the four gzipped files under their own names. */
export const MNIST_MIRRORS: readonly string[] = [
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
  "https://raw.githubusercontent.com/fgnt/mnist/master/",
];

/** How often a file is asked of one mirror when the connection breaks in its middle. */
const ATTEMPTS = 3;

/** Told about progress: the file's name, bytes so far, and all bytes where the server says. */
export type DownloadProgress = (file: string, done: number, total: number | undefined) => void;

export interface DownloadOptions {
  /** Base addresses that end in `/`; default `MNIST_MIRRORS`. */
  mirrors?: readonly string[];
  /** Milliseconds until a mirror must have begun to answer, default 3000: offline shows soon. */
  answerWithin?: number;
  /** Milliseconds without a byte after which a connection counts as broken, default 20,000. */
  stalledAfter?: number;
  onProgress?: DownloadProgress;
  /** Ends the download; what has arrived is kept for the next try. */
  signal?: AbortSignal;
}

/** MNIST could not be had from any mirror; the message says what each of them answered last. */
export class DownloadError extends Error {
  override readonly name = "DownloadError";
}

/** A mirror answered, but not with the file: asking it again is no use. */
class RefusedError extends Error {}

/** What went wrong, as shortly as it can be said; `fetch` hides the reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ? `${error.message}, ${cause.code}` : error.message;
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
  if (reachedNone) return `offline: ${reasons.join(", ")}`;
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
function totalSize(response: Response, start: number): number | undefined {
  const range = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  if (range) return Number(range[1]);
  const length = response.headers.get("content-length");
  return length === null ? undefined : start + Number(length);
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
  const { answerWithin = 3000, stalledAfter = 20_000, onProgress, signal } = options;
  const watchdog = new Watchdog();
  const signals = signal ? [signal, watchdog.signal] : [watchdog.signal];
  const have = await sizeOf(part);
  try {
    watchdog.alive(answerWithin);
    const response = await fetch(url, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal: AbortSignal.any(signals),
    });
    // 416: nothing is left to send, so all of it should be here; the digest will tell.
    if (response.status === 416) {
      await response.body?.cancel();
      return;
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new RefusedError(`HTTP ${response.status}`);
    }
    const start = response.status === 206 ? have : 0;
    const total = totalSize(response, start);
    const file = openPart(part, start > 0 ? "append" : "replace");
    try {
      let done = start;
      onProgress?.(name, done, total);
      watchdog.alive(stalledAfter);
      for await (const chunk of response.body) {
        writeAll(file, chunk);
        done += chunk.length;
        onProgress?.(name, done, total);
        watchdog.alive(stalledAfter);
      }
    } finally {
      operations.closeSync(file);
    }
  } finally {
    watchdog.stop();
  }
}

function openPart(path: string, mode: "append" | "replace"): number {
  try {
    return openGrowing(path, mode);
  } catch (error) {
    throw writeError(path, "a file that can be written", error);
  }
}

/** Fetches one file from one mirror; it gets its final name when its content is right. */
async function fetchFile(
  folder: string,
  mirror: string,
  role: MnistRole,
  options: DownloadOptions,
): Promise<void> {
  const name = `${MNIST_FILES[role].name}.gz`;
  const url = mirror + name;
  const part = join(folder, `${name}.part`);
  for (let attempt = 1; ; attempt++) {
    const resumed = await sizeOf(part);
    try {
      await fetchOnto(part, url, name, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      // A break in the middle is worth another try; a mirror that gave nothing is not.
      const progressed = (await sizeOf(part)) > resumed;
      if (error instanceof RefusedError || !progressed || attempt === ATTEMPTS) throw error;
      continue;
    }
    try {
      await checkMnistFile({ where: url, bytes: readBytes(part, "a downloaded file") }, role);
    } catch (error) {
      await rm(part, { force: true });
      // Halves of two mirrors' wrappers do not fit together: once more, from the start.
      if (resumed > 0 && attempt < ATTEMPTS) continue;
      throw error;
    }
    await rename(part, join(folder, name));
    return;
  }
}

/**
 * Downloads MNIST's four gzipped files into a folder, which is made when it is not there. Files
 * already there under their final names are left alone.
 *
 * Each file is written as `<name>.part`, continued from there when the connection breaks or on the
 * next call, and renamed when the SHA-256 of its content is right.
 *
 * @throws DownloadError when a file could not be had from any mirror
 * @throws InputError when the folder cannot be made
 * @throws the signal's reason when it was aborted
 */
export async function downloadMnist(folder: string, options: DownloadOptions = {}): Promise<void> {
  const { mirrors = MNIST_MIRRORS, signal } = options;
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(folder, "a folder that can be written", error.code ?? error.message);
  });
  for (const role of MNIST_ROLES) {
    if ((await sizeOf(join(folder, `${MNIST_FILES[role].name}.gz`))) > 0) continue;
    const failures: Failure[] = [];
    for (const mirror of mirrors) {
      signal?.throwIfAborted();
      try {
        await fetchFile(folder, mirror, role, options);
        break;
      } catch (error) {
        signal?.throwIfAborted();
        failures.push({ mirror, error });
      }
    }
    if (failures.length === mirrors.length) throw new DownloadError(summaryOf(failures));
  }
}
