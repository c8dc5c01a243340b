import { constants } from "node:fs";
import { operations } from "./operations.node.js";

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY } = constants;
// Windows has neither.
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0;
const O_NONBLOCK = constants.O_NONBLOCK ?? 0;

/** How a file is opened. None waits for the other end of a pipe, none writes through a symbolic link. */
const modes = {
  read: O_RDONLY | O_NONBLOCK,
  /** A file that must not be there yet. */
  create: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
  /** A file that is there or not, emptied. */
  replace: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK,
  /** The end of a file that is there. */
  append: O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK,
} as const;

export type OpenMode = keyof typeof modes;

/**
 * Opens a file, does something with it and closes it.
 *
 * @throws the operating system's error; the one of the action where closing fails as well
 */
export function withFile<Result>(
  path: string,
  mode: OpenMode,
  action: (file: number) => Result,
): Result {
  const file = openFile(path, mode);
  let result: Result;
  try {
    result = action(file);
  } catch (error) {
    quietly(() => operations.closeSync(file));
    throw error;
  }
  operations.closeSync(file);
  return result;
}

/** Opens a file; the caller closes it. */
export function openFile(path: string, mode: OpenMode): number {
  return operations.openSync(path, modes[mode], 0o666);
}

/** Writes all bytes at the file's position, however few the system takes at once. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += operations.writeSync(file, bytes, done, bytes.length - done);
  }
}

/** Cleans up after an error, whose cause must not be hidden by that of the clean-up. */
export function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // The first error is the one that people must see.
  }
}
