import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { writeError } from "./file-problem.js";

/**
 * Writes a file so that a reader finds its old content or its new content, never a part: a
 * temporary file beside it is filled, flushed to the disk and renamed.
 *
 * Synchronous, because then no signal handler of this process can end it half-way.
 *
 * @throws InputError where the operating system refuses it
 */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw writeError(path, "a file that can be written", error);
  }
}
