import { readFileSync, type Stats, statSync } from "node:fs";
import { InputError } from "../errors.js";
import { fileProblem } from "./file-problem.js";

/** Node reads less than 2 GiB at once. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * A file's bytes. Devices and pipes are not opened: reading them may never end.
 *
 * @throws InputError naming the file and what it should be, where it cannot be read
 */
export function readBytes(path: string, expected: string): Uint8Array {
  try {
    const refused = unreadable(statSync(path));
    if (refused !== undefined) throw new InputError(path, expected, refused);
    return readFileSync(path);
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    throw new InputError(path, expected, problem);
  }
}

/** Why something that is there is not read; undefined for a file. */
function unreadable(found: Stats): string | undefined {
  if (found.isDirectory()) return "a folder";
  if (found.isFIFO()) return "a pipe";
  if (found.isSocket()) return "a socket";
  if (!found.isFile()) return "a device";
  if (found.size <= MOST_BYTES) return undefined;
  return `one of ${(found.size / 2 ** 30).toFixed(1)} GiB, where less than 2 GiB can be read`;
}

/** A file's text; throws as {@link readBytes}. */
export function readText(path: string, expected: string): string {
  return new TextDecoder().decode(readBytes(path, expected));
}
