import { InputError } from "../errors.js";

/** The operating system's error codes in words, for an error's "got". */
export const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "a file that is no folder",
  EISDIR: "a folder",
  EEXIST: "a file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "a file system that is read-only",
  ENOSPC: "a full disk",
  EDQUOT: "a full quota of the disk",
  EFBIG: "a file that is too large for its file system",
  EIO: "a disk that failed (EIO)",
  ELOOP: "a symbolic link",
  ENXIO: "a pipe or a device",
  EMFILE: "too many open files (ulimit -n raises the limit)",
  ENFILE: "too many open files on this machine",
  ENAMETOOLONG: "a name that is too long",
};

/**
 * Why the operating system refused a file, in words for an error's "got"; undefined where the error
 * is not the operating system's.
 */
export function fileProblem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  if (error.code === "ERR_ACCESS_DENIED") return "permission denied by Node's permission model";
  if (!("syscall" in error)) return undefined;
  return systemReasons[String(error.code)] ?? String(error.code);
}

/** Codes of faults that any file may meet on this machine, and the same file on another machine would not. */
const faultsOfMachine: ReadonlySet<unknown> = new Set([
  ...["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE", "ENOMEM", "ESTALE"],
]);

/**
 * The machine could not read or write a file, whichever file it is: its disk is full or failed, or it has no memory. This
 * says nothing of the work that needed the file, which can be done again when the machine is well.
 */
export class MachineFault extends InputError {}

/**
 * The error to throw where a file or folder could not be read or written: one line for people where the
 * operating system refused it, else the error itself.
 */
export function fileError(path: string, expected: string, error: unknown): unknown {
  const problem = fileProblem(error);
  if (problem === undefined) return error;
  const isOfMachine = faultsOfMachine.has((error as NodeJS.ErrnoException).code);
  return isOfMachine
    ? new MachineFault(path, expected, problem)
    : new InputError(path, expected, problem);
}
