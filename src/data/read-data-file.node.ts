import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { InputError } from "../errors.js";

/** Above any file of data: MNIST as text has 109 MB. */
const MOST_FILE_BYTES = 512 * 1024 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "nothing there",
  ENOTDIR: "a file that is no folder",
  EISDIR: "a folder",
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "a file system that is read-only",
  ENOSPC: "a full disk",
  EDQUOT: "a full quota",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  EIO: "a disk that fails",
  ELOOP: "links that lead in a circle",
};

/** What the system said, in plain words where there are some. */
export function systemReason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error instanceof Error ? error.message : String(error);
  return reasons[code] ?? code;
}

/**
 * A data file's bytes. Folders, devices and pipes are not read: it may never end.
 *
 * @throws InputError naming the file
 */
export async function readDataFile(path: string): Promise<Uint8Array> {
  const fail = (error: unknown): never => {
    throw new InputError(path, "a file that can be read", systemReason(error));
  };
  checkFile(path, await stat(path).catch(fail));
  // The file may have become a pipe since: opening does not wait, and what was opened is looked at again.
  const file: FileHandle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
    fail,
  );
  try {
    checkFile(path, await file.stat().catch(fail));
    const bytes = await file.readFile().catch(fail);
    // A plain view: a Buffer's own methods and equality differ from a Uint8Array's.
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } finally {
    await file.close();
  }
}

type Found = Awaited<ReturnType<typeof stat>>;

function checkFile(path: string, found: Found): void {
  if (!found.isFile()) throw new InputError(path, "a file that can be read", kindOf(found));
  if (found.size > MOST_FILE_BYTES) {
    throw new InputError(path, `a file of at most ${MOST_FILE_BYTES} bytes`, String(found.size));
  }
}

function kindOf(found: Found): string {
  if (found.isDirectory()) return "a folder";
  if (found.isFIFO()) return "a pipe";
  return found.isSocket() ? "a socket" : "a device";
}
