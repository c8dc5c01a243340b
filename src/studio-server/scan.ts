import { type Dirent, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.js";
import { claimHolder } from "../files/claim.node.js";
import { lockName } from "../files/folder-lock.node.js";
import { readText } from "../files/read-file.node.js";
import { isTemporary } from "../files/write-file.node.js";
import { thousands } from "../numbers.js";
import { runFiles } from "../runs/run-folder.node.js";
import { studyFiles } from "../study/study-folder.node.js";
import type { FolderEntry, Holder, ListedFile, RunEntry, StudyEntry } from "./api.js";
import { plainFile } from "./inside-folder.js";

/** What is looked at, at most: somebody may name their home folder. */
export const scanLimits = {
  /** Folders below the one that was named. */
  depth: 6,
  folders: 20_000,
  runs: 1_000,
  /** Of a run.json, metrics.csv or study.json. */
  bytes: 16 * 2 ** 20,
};

/** A folder of a run or study, and what tells whether it changed. */
export interface FoundFolder {
  readonly kind: "run" | "study";
  /** From the root, with `/`. */
  readonly path: string;
  readonly state: string;
  readonly holder?: Holder;
}

export interface Scan {
  readonly found: readonly FoundFolder[];
  readonly leftOut?: string;
}

/** The run and study folders below a folder. Links are not followed. */
export function scanFolder(root: string): Scan {
  const found: FoundFolder[] = [];
  let folders = 0;
  let leftOut: string | undefined;
  const visit = (path: string, depth: number): void => {
    if (folders >= scanLimits.folders || found.length >= scanLimits.runs) {
      leftOut = `more than ${thousands(scanLimits.runs)} runs or ${thousands(scanLimits.folders)} folders: the rest is left out`;
      return;
    }
    folders++;
    const directory = join(root, path);
    const names = namesIn(directory);
    const own = foundAt(directory, path, names);
    if (own) found.push(own);
    if (own?.kind === "run" || depth >= scanLimits.depth) return;
    for (const entry of names) {
      if (!entry.isDirectory() || entry.name.startsWith(".") || entry.name === "node_modules") {
        continue;
      }
      // A path of these would be refused when the page asks for it.
      if (/[\\\p{Cc}]/u.test(entry.name)) continue;
      visit(path === "" ? entry.name : `${path}/${entry.name}`, depth + 1);
    }
  };
  visit("", 0);
  return { found, ...(leftOut && { leftOut }) };
}

function namesIn(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  } catch {
    // Removed meanwhile, or another user's.
    return [];
  }
}

function foundAt(directory: string, path: string, names: readonly Dirent[]) {
  const has = (name: string) => names.some((entry) => entry.name === name && entry.isFile());
  if (has("run.json")) return foundFolder("run", directory, path, has(lockName));
  if (has("study.json")) return foundFolder("study", directory, path, has(lockName));
  return undefined;
}

function foundFolder(
  kind: FoundFolder["kind"],
  directory: string,
  path: string,
  isLocked: boolean,
): FoundFolder {
  const watched = kind === "run" ? watchedOfRun : watchedOfStudy;
  const holder = isLocked ? claimHolder(join(directory, lockName)) : undefined;
  const states = watched.map((name) => stateOf(plainFile(directory, name)));
  if (kind === "study") states.push(namesIn(studyFiles(directory).outcomes).length.toString());
  const state = [...states, holder ? `${holder.pid} ${holder.running}` : ""].join("|");
  return { kind, path, state, ...(holder && { holder }) };
}

const watchedOfRun = [
  "run.json",
  "metrics.csv",
  "views.json",
  "predictions.safetensors",
  "audit.json",
  "calibration.json",
];
const watchedOfStudy = ["study.json", "report.md"];

function stateOf(file: Stats | undefined): string {
  return file === undefined ? "" : `${file.size} ${file.mtimeMs} ${file.ino}`;
}

/** What the page is told of a folder. */
export function readEntry(root: string, found: FoundFolder): FolderEntry {
  const directory = join(root, found.path);
  try {
    return found.kind === "run" ? runEntry(directory, found) : studyEntry(directory, found);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const problem = `expected ${error.expected}, got ${error.got}`;
    return { kind: "broken", path: found.path, problem };
  }
}

function runEntry(directory: string, { path, holder }: FoundFolder): RunEntry {
  const files = runFiles(directory);
  // The record first: the metrics may be newer than it, never older.
  const record = readText(files.record, "a run's record", scanLimits.bytes);
  const metrics = plainFile(directory, "metrics.csv")
    ? readText(files.metrics, "a run's metrics", scanLimits.bytes)
    : "";
  return {
    ...{ kind: "run", path, record, metrics, files: listedFiles(directory) },
    ...(holder && { holder }),
  };
}

function listedFiles(directory: string): ListedFile[] {
  return namesIn(directory).flatMap(({ name }) => {
    const file = name === lockName || isTemporary(name) ? undefined : plainFile(directory, name);
    return file && servedName.test(name) ? [{ name, bytes: file.size }] : [];
  });
}

/** Names of files of runs and studies that the page may have. */
export const servedName =
  /^(run|model|views|calibration|audit|study|reproduce)\.json$|^metrics\.csv$|^(best|last|state|predictions)\.safetensors$|^report\.md$/;

function studyEntry(directory: string, { path, holder }: FoundFolder): StudyEntry {
  const files = studyFiles(directory);
  const record = readText(files.record, "a study", scanLimits.bytes);
  const outcomes = namesIn(files.outcomes).flatMap(({ name }) => {
    if (!name.endsWith(".json") || isTemporary(name)) return [];
    if (!plainFile(files.outcomes, name)) return [];
    const text = readText(join(files.outcomes, name), "the outcome of a run", 65_536);
    return [[name.slice(0, -".json".length), text] as const];
  });
  return {
    ...{ kind: "study", path, record, outcomes: Object.fromEntries(outcomes) },
    ...(holder && { holder }),
  };
}
