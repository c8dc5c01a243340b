import { systemReasons } from "../files/file-problem.js";

interface Limit {
  readonly expected: string;
  /** Where it is not the same as for files. */
  readonly got?: string;
}

const limits: Readonly<Record<string, Limit>> = {
  EMFILE: { expected: "files that can be opened" },
  ENFILE: { expected: "files that can be opened" },
  EAGAIN: {
    expected: "threads that can be started",
    got: "too many processes (ulimit -u raises the limit)",
  },
  ENOSPC: { expected: "a disk with room" },
  EDQUOT: { expected: "a disk with room" },
  EIO: { expected: "a disk that can be read and written" },
};

/** A line about a limit or failure of the machine that no command expects; undefined for other errors. */
export function limitProblem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const code = String(error.code);
  const found = limits[code];
  return found && `machine: expected ${found.expected}, got ${found.got ?? systemReasons[code]}`;
}
