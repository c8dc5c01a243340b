import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.js";
import { quietly } from "./open-file.node.js";
import { operations } from "./operations.node.js";
import { isRunning, ownProcess, type ProcessIdentity } from "./process-identity.node.js";
import { readText } from "./read-file.node.js";
import { removeFile, temporaryPath, writeNew } from "./write-file.node.js";

/** The lock's name in its folder. */
export const lockName = "lock.json";

/** What a lock file says. */
interface LockRecord extends ProcessIdentity {
  /** When it was taken, ISO 8601. */
  readonly since: string;
  /** Random, so that no two locks are equal. */
  readonly token: string;
}

/** A folder that this process alone writes to. */
export interface FolderLock {
  /** @throws InputError where the lock is another's, or was removed */
  readonly check: () => void;
  readonly release: () => void;
}

/** Another process writes to a folder. */
export class FolderInUse extends InputError {}

/**
 * How often, and after how many milliseconds, a lock that is missing or incomplete is read again: its process may
 * be writing it, or another process may have moved it away to compare it.
 */
const rereads = { times: 5, pause: 40 };
/** A larger lock file is refused, bytes. */
const mostBytes = 10_000;

/**
 * Takes a folder for this process alone. A lock whose process has ended is taken over.
 *
 * @throws InputError naming the process that has it, or where the folder cannot be written
 */
export function lockFolder(directory: string): FolderLock {
  const path = join(directory, lockName);
  const own = newRecord();
  while (!writeNew(path, `${JSON.stringify(own, null, 2)}\n`)) {
    const held = readLock(path);
    if (held.record && isRunning(held.record) !== false) throw inUse(directory, held.record);
    moveAside(path, held.text);
  }
  return {
    check: () => {
      const got = readLock(path).record;
      if (got?.token === own.token) return;
      throw new InputError(path, "the lock of this process", got ? holder(got) : "none");
    },
    release: () => {
      quietly(() => {
        if (existsSync(path) && readLock(path).record?.token === own.token) removeFile(path);
      });
    },
  };
}

function newRecord(): LockRecord {
  const since = new Date().toISOString();
  return { ...ownProcess(), since, token: randomBytes(16).toString("hex") };
}

interface FoundLock {
  readonly text: string;
  /** Undefined where it is cut off: its process ended while it wrote it. */
  readonly record?: LockRecord;
}

function readLock(path: string): FoundLock {
  let text = "";
  for (let time = 0; time < rereads.times; time++) {
    if (time > 0) pause(rereads.pause);
    if (!existsSync(path)) continue;
    text = readText(path, "a lock", mostBytes);
    const record = parseLock(text);
    if (record) return { text, record };
  }
  return { text };
}

function parseLock(text: string): LockRecord | undefined {
  let found: Partial<LockRecord> | null;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  const texts = [found?.host, found?.machine, found?.boot, found?.started, found?.since];
  const valid = Number.isSafeInteger(found?.pid) && texts.every((each) => typeof each === "string");
  return valid ? (found as LockRecord) : undefined;
}

/**
 * Removes a lock or claim that was left. Another process may have taken it over meanwhile, so it is moved away and
 * compared before it is removed.
 */
export function moveAside(path: string, stale: string): void {
  const aside = temporaryPath(path);
  try {
    operations.renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (readText(aside, "a lock", mostBytes) === stale) removeFile(aside);
  else operations.renameSync(aside, path);
}

function inUse(directory: string, record: LockRecord): InputError {
  const expected = "a folder that no other process writes to";
  const remedy =
    isRunning(record) === "unknown" ? `; if it has ended, remove ${join(directory, lockName)}` : "";
  return new FolderInUse(directory, expected, `one in use by ${holder(record)}${remedy}`);
}

function holder({ pid, host, since }: LockRecord): string {
  const { pid: ownPid, host: ownHost } = ownProcess();
  const who = pid === ownPid && host === ownHost ? "this process" : "process";
  const safe = (text: string) => text.replace(/[^\w.:-]/g, "?").slice(0, 60);
  return `${who} ${pid} on ${safe(host)} since ${safe(since)}`;
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
