import { constants, existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileError, fileProblem } from "./file-problem.js";
import { quietly } from "./open-file.node.js";
import { operations } from "./operations.node.js";
import { checkNoLink, removeLeftTemporaries, syncFolder } from "./write-file.node.js";

const writable = "an output folder that can be written";

/** Whether there is a folder at this path, or a link to one. */
export function isFolder(path: string): boolean {
  try {
    return operations.statSync(path).isDirectory();
  } catch (error) {
    if (fileProblem(error) === undefined) throw error;
    return false;
  }
}

/**
 * Creates a folder and those above it. In a folder that exists, temporary files of processes that have ended are
 * removed.
 *
 * @throws InputError where it cannot be written, or is a symbolic link
 */
export function createFolder(directory: string): void {
  createParent(directory);
  try {
    checkNoLink(directory);
  } catch (error) {
    throw fileError(directory, writable, error);
  }
  quietly(() => removeLeftTemporaries(directory));
}

/**
 * Creates a folder that others are made in, and those above it; it may be a symbolic link to one.
 *
 * @throws InputError where it cannot be written
 */
export function createParent(directory: string): void {
  try {
    makeFolders(directory);
    operations.accessSync(directory, constants.W_OK);
  } catch (error) {
    throw fileError(directory, writable, error);
  }
}

/**
 * Creates a folder that must not be there yet.
 *
 * @returns false where something is there
 * @throws InputError where it cannot be written
 */
export function createNewFolder(directory: string): boolean {
  try {
    makeFolder(directory);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw fileError(directory, writable, error);
  }
}

/** A path whose folder is no link: people may name a file in a folder that is a link to another. */
export function inRealFolder(path: string): string {
  const folder = dirname(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : path;
}

/** Removes a folder in which nothing was made; where the system refuses it, the folder stays. */
export function removeIfEmpty(directory: string): void {
  quietly(() => {
    if (isFolder(directory) && operations.readdirSync(directory).length === 0) {
      operations.rmdirSync(directory);
    }
  });
}

/**
 * Puts a folder in the place of another, which is removed. Where the process ends between the two, the place is
 * empty.
 *
 * @throws InputError where the system refuses it
 */
export function replaceFolder(directory: string, by: string): void {
  removeFolder(directory);
  try {
    operations.renameSync(by, directory);
    syncFolder(dirname(directory));
  } catch (error) {
    throw fileError(directory, writable, error);
  }
}

/**
 * Removes a folder with all that is in it, and nothing where there is none. Links are removed, not followed.
 *
 * @throws InputError where the system refuses it
 */
export function removeFolder(directory: string): void {
  if (!isFolder(directory)) return;
  try {
    checkNoLink(directory);
    removeTree(directory);
  } catch (error) {
    throw fileError(directory, "a folder that can be removed", error);
  }
}

function removeTree(directory: string): void {
  for (const name of operations.readdirSync(directory)) {
    const path = join(directory, name);
    if (operations.lstatSync(path).isDirectory()) removeTree(path);
    else operations.unlinkSync(path);
  }
  operations.rmdirSync(directory);
}

/** One by one: Node's own recursion never ends where the system refuses with "not found" (/proc). */
function makeFolders(directory: string): void {
  if (isFolder(directory)) return;
  const parent = dirname(directory);
  if (!existsSync(parent)) makeFolders(parent);
  makeFolder(directory);
}

function makeFolder(directory: string): void {
  operations.mkdirSync(directory);
  syncFolder(dirname(directory));
}
