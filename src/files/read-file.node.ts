import type { Stats } from "node:fs";
import { InputError } from "../errors.js";
import { fileError } from "./file-problem.js";
import { withFile } from "./open-file.node.js";
import { operations } from "./operations.node.js";

/** Node reads less than 2 GiB at once. */
const MOST_BYTES = 2 ** 31 - 1;

const decoder = new TextDecoder();
/** For files that are smaller. */
const small = new Uint8Array(2 ** 16);

/**
 * A file's bytes. Devices and pipes are not read: that may never end.
 *
 * @param expected what the file should be, for the message
 * @param mostBytes a larger file is refused before it is read; default what Node can read
 * @throws InputError naming the file and what it should be, where it cannot be read
 */
export function readBytes(path: string, expected: string, mostBytes = MOST_BYTES): Uint8Array {
  try {
    // Before it is opened, as opening a device may do something.
    checkReadable(path, expected, operations.statSync(path), mostBytes);
    return withFile(path, "read", (file) => {
      // What was opened may be another file by now.
      const found = operations.fstatSync(file);
      checkReadable(path, expected, found, mostBytes);
      return readAll(file, found.size);
    });
  } catch (error) {
    throw fileError(path, expected, error);
  }
}

/** A file's text; throws as {@link readBytes}. */
export function readText(path: string, expected: string, mostBytes?: number): string {
  return decoder.decode(readBytes(path, expected, mostBytes));
}

/**
 * The text of a small file, in a third of the time of {@link readText}, for folders with many of them. The caller knows
 * from the folder's entries that it is a file.
 *
 * @throws InputError as {@link readBytes}
 */
export function readSmallText(path: string, expected: string): string {
  try {
    return withFile(path, "read", (file) => {
      const count = operations.readSync(file, small, 0, small.length, 0);
      if (count < small.length) return decoder.decode(small.subarray(0, count));
      throw new InputError(path, expected, `one of more than ${inUnits(small.length)}`);
    });
  } catch (error) {
    throw fileError(path, expected, error);
  }
}

/** As many bytes as the file had when it was opened, fewer where it was cut since. */
function readAll(file: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let done = 0;
  while (done < size) {
    const count = operations.readSync(file, bytes, done, size - done, done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

function checkReadable(path: string, expected: string, found: Stats, mostBytes: number): void {
  const got = unreadable(found, mostBytes);
  if (got !== undefined) throw new InputError(path, expected, got);
}

/** Why something that is there is not read; undefined for a file. */
function unreadable(found: Stats, mostBytes: number): string | undefined {
  if (found.isDirectory()) return "a folder";
  if (found.isFIFO()) return "a pipe";
  if (found.isSocket()) return "a socket";
  if (!found.isFile()) return "a device";
  if (found.size <= mostBytes) return undefined;
  if (mostBytes === MOST_BYTES) {
    return `one of ${inUnits(found.size)}, where less than 2 GiB can be read`;
  }
  return `one of ${inUnits(found.size)}, where at most ${inUnits(mostBytes)} are read`;
}

function inUnits(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return bytes >= 2 ** 20
    ? `${(bytes / 2 ** 20).toFixed(1)} MiB`
    : `${(bytes / 2 ** 10).toFixed(1)} KiB`;
}
