import { randomBytes } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../errors.js";
import { fileError } from "./file-problem.js";
import { openFile, quietly, withFile, writeAll } from "./open-file.node.js";
import { operations } from "./operations.node.js";
import { isTagOfDead, ownTag } from "./process-identity.node.js";

const writable = "a file that can be written";

/**
 * Writes a file so that a reader finds its old content or its new content, never a part: a new
 * temporary file beside it is filled, flushed to the disk and renamed, and the folder is flushed.
 *
 * Symbolic links are not followed: one with the file's name is replaced, a folder that is one is refused.
 *
 * Synchronous, because then no signal handler of this process can end it half-way.
 *
 * @throws InputError where the operating system refuses it
 */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const folder = dirname(path);
  const temporary = temporaryPath(path);
  try {
    checkNoLink(folder);
    withFile(temporary, "create", (file) => {
      writeAll(file, bytesOf(content));
      operations.fsyncSync(file);
    });
    operations.renameSync(temporary, path);
    syncFolder(folder);
  } catch (error) {
    quietly(() => operations.unlinkSync(temporary));
    throw fileError(path, writable, error);
  }
}

/**
 * Writes a file that must not be there yet. Where that fails, no part of it stays.
 *
 * @param flush whether it is flushed to the disk; one that means nothing after a power failure need not be
 * @returns false where it is there
 * @throws InputError where the operating system refuses it
 */
export function writeNew(path: string, content: string, flush = true): boolean {
  let isCreated = false;
  try {
    checkNoLink(dirname(path));
    withFile(path, "create", (file) => {
      isCreated = true;
      writeAll(file, bytesOf(content));
      if (flush) operations.fsyncSync(file);
    });
    return true;
  } catch (error) {
    if (isCreated) quietly(() => operations.unlinkSync(path));
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw fileError(path, writable, error);
  }
}

/**
 * Adds content to the end of a file and flushes it.
 *
 * @param size of the file before, in bytes; another one says that somebody else writes to it
 * @throws InputError where it has another size, or the operating system refuses it
 */
export function appendTo(path: string, content: string | Uint8Array, size: number): void {
  try {
    withFile(path, "append", (file) => {
      const found = operations.fstatSync(file);
      if (!found.isFile()) throw new InputError(path, writable, "a pipe or a device");
      if (found.size !== size) {
        const expected = `the ${size} bytes that this process left`;
        throw new InputError(path, expected, `${found.size}: another program wrote to it`);
      }
      writeAll(file, bytesOf(content));
      operations.fsyncSync(file);
    });
  } catch (error) {
    throw fileError(path, writable, error);
  }
}

/**
 * Opens a file that grows in many steps; the caller closes it.
 *
 * @throws the operating system's error
 */
export function openGrowing(path: string, mode: "append" | "replace"): number {
  checkNoLink(dirname(path));
  return openFile(path, mode);
}

/**
 * Removes a file; one that is not there is fine.
 *
 * @throws InputError where the operating system refuses it
 */
export function removeFile(path: string): void {
  try {
    operations.unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw fileError(path, "a file that can be removed", error);
  }
}

/**
 * Gives a file that is whole and flushed its name, in the place of one that is there.
 *
 * @throws InputError where the operating system refuses it
 */
export function renameFile(from: string, to: string): void {
  try {
    operations.renameSync(from, to);
    syncFolder(dirname(to));
  } catch (error) {
    throw fileError(to, writable, error);
  }
}

/** Removes the temporary files of processes that have ended. */
export function removeLeftTemporaries(folder: string): void {
  for (const name of operations.readdirSync(folder)) {
    const tag = temporaryTag(name);
    if (tag !== undefined && isTagOfDead(tag)) {
      quietly(() => operations.unlinkSync(join(folder, name)));
    }
  }
}

/** Whether a file has the name of a temporary one of Fovea's. */
export function isTemporary(name: string): boolean {
  return temporaryTag(name) !== undefined;
}

/**
 * Refuses a folder that is a symbolic link: what is written into it would land elsewhere.
 *
 * @throws InputError where it is one
 */
export function checkNoLink(folder: string): void {
  // Without a slash at the end, which would follow the link.
  if (!operations.lstatSync(resolve(folder)).isSymbolicLink()) return;
  throw new InputError(folder, "a folder that can be written", "a symbolic link; name its target");
}

/** Flushes the names in a folder to the disk, where its file system can do that. */
export function syncFolder(folder: string): void {
  try {
    withFile(folder, "read", (file) => operations.fsyncSync(file));
  } catch (error) {
    // Windows opens no folders, some network file systems flush none.
    const { code } = error as NodeJS.ErrnoException;
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP"].includes(String(code))) throw error;
  }
}

/** A new file beside another. Its name says who writes it, so that others know when it is left over. */
export function temporaryPath(path: string): string {
  const name = `${basename(path).slice(0, 100)}.${ownTag()}-${randomBytes(8).toString("hex")}.tmp`;
  return join(dirname(path), name);
}

function temporaryTag(name: string): string | undefined {
  return /\.([0-9a-f]{8}-\d+-[0-9a-f]{8})-[0-9a-f]{16}\.tmp$/.exec(name)?.[1];
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}
