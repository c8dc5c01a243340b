const limits: Readonly<Record<string, readonly [expected: string, got: string]>> = {
  EMFILE: ["files that can be opened", "too many open files (ulimit -n raises the limit)"],
  ENFILE: ["files that can be opened", "too many open files on this machine"],
  EAGAIN: ["threads that can be started", "too many processes (ulimit -u raises the limit)"],
  ENOSPC: ["a disk with room", "a full disk"],
  EDQUOT: ["a disk with room", "a full quota"],
  EIO: ["a disk that can be read and written", "an input or output error"],
};

/** A line about a limit or failure of the machine that no command expects; undefined for other errors. */
export function limitProblem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const found = limits[String(error.code)];
  return found && `machine: expected ${found[0]}, got ${found[1]}`;
}
