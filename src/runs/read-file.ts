import { readFileSync } from "node:fs";
import { InputError } from "../errors.js";
import { fileProblem } from "./file-problem.js";

/**
 * A file's bytes.
 *
 * @throws InputError naming the file and what it should be, where it cannot be read
 */
export function readBytes(path: string, expected: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    throw new InputError(path, expected, problem);
  }
}

/** A file's text; throws as {@link readBytes}. */
export function readText(path: string, expected: string): string {
  return new TextDecoder().decode(readBytes(path, expected));
}
