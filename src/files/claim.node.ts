import { randomBytes } from "node:crypto";
import { InputError } from "../errors.js";
import { moveAside } from "./folder-lock.node.js";
import { quietly } from "./open-file.node.js";
import { operations } from "./operations.node.js";
import { isRunning, ownProcess, type ProcessIdentity } from "./process-identity.node.js";
import { readText } from "./read-file.node.js";
import { removeFile, writeNew } from "./write-file.node.js";

/** A file that says which process does a piece of work. */
export interface Claim {
  /** Shows others that this process is alive, by the file's time. */
  readonly beat: () => void;
  /** Whether it is still this process's: another may have taken it over, for want of a beat. */
  readonly isOwn: () => boolean;
  readonly release: () => void;
}

/** A larger file is no claim, bytes. */
const mostBytes = 10_000;

/**
 * Makes a claim where there is none. Of several processes exactly one gets it.
 *
 * @returns undefined where there is one
 * @throws InputError where the operating system refuses it
 */
export function takeClaim(path: string): Claim | undefined {
  const token = randomBytes(16).toString("hex");
  const text = `${JSON.stringify({ ...ownProcess(), token }, null, 2)}\n`;
  // After a power failure no process has any claim: one that is cut off then counts as silent.
  if (!writeNew(path, text, false)) return undefined;
  const isOwn = () => readClaim(path) === text;
  return {
    beat: () => {
      const now = new Date();
      quietly(() => operations.utimesSync(path, now, now));
    },
    isOwn,
    release: () => {
      quietly(() => {
        if (isOwn()) removeFile(path);
      });
    },
  };
}

/** What was last seen of a claim, and when. */
interface Sight {
  readonly text: string;
  readonly beat: number;
  readonly since: number;
}

/**
 * Finds claims whose process has ended: at once where it was one of this host. One of another host counts as ended when
 * its file's time has not changed for a while, by the clock of this process alone, as clocks of hosts differ.
 */
export class ClaimWatch {
  readonly #seen = new Map<string, Sight>();

  /** @param patience milliseconds without a beat */
  constructor(
    private readonly patience: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Removes a claim whose process has ended, so that the work can be claimed anew.
   *
   * @returns `free` where the claim is gone; `abandoned` where it was one of another host, whose process may yet write;
   *   `held` where its process works
   */
  clear(path: string): "free" | "abandoned" | "held" {
    const text = readClaim(path);
    const beat = text === undefined ? undefined : beatOf(path);
    if (text === undefined || beat === undefined) {
      this.#seen.delete(path);
      return "free";
    }
    const running = runningState(text);
    if (running === true) return "held";
    if (running === "unknown" && !this.#isSilent(path, text, beat)) return "held";
    moveAside(path, text);
    this.#seen.delete(path);
    return running === "unknown" ? "abandoned" : "free";
  }

  #isSilent(path: string, text: string, beat: number): boolean {
    const last = this.#seen.get(path);
    if (last?.text === text && last.beat === beat) return this.now() - last.since >= this.patience;
    this.#seen.set(path, { text, beat, since: this.now() });
    return false;
  }
}

/** Whether the process of a claim runs; `unknown` too where the claim is cut off, as it may be being written. */
function runningState(text: string): boolean | "unknown" {
  try {
    const found = JSON.parse(text) as ProcessIdentity;
    return Number.isSafeInteger(found.pid) ? isRunning(found) : "unknown";
  } catch {
    return "unknown";
  }
}

function readClaim(path: string): string | undefined {
  try {
    return readText(path, "a claim", mostBytes);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function beatOf(path: string): number | undefined {
  try {
    return operations.statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

/** Who made a claim; undefined where there is none, or it is cut off. */
export function claimHolder(path: string):
  | {
      readonly pid: number;
      readonly host: string;
      readonly running: boolean | "unknown";
    }
  | undefined {
  const text = readClaim(path);
  if (text === undefined) return undefined;
  try {
    const { pid, host } = JSON.parse(text) as ProcessIdentity;
    return { pid, host, running: runningState(text) };
  } catch {
    return undefined;
  }
}
