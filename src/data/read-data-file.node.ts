import { readBytes } from "../files/read-file.node.js";

/** Above any file of data: MNIST as text has 109 MB. */
const MOST_FILE_BYTES = 512 * 1024 * 1024;

/**
 * A data file's bytes, at most 512 MiB. Folders, devices and pipes are not read.
 *
 * @throws InputError naming the file
 */
export function readDataFile(path: string): Uint8Array {
  return readBytes(path, "a file that can be read", MOST_FILE_BYTES);
}
