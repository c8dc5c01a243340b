import { MachineFault } from "../../files/file-problem.js";

/** How answers of Redis begin that refuse to write: no memory is left, it cannot save to its disk, it is a replica. */
const refusals = /^(OOM|MISCONF|READONLY) /;
/** PostgreSQL's codes for the same: a full disk, no memory, a server that is read-only. */
const codes: ReadonlySet<unknown> = new Set(["53100", "53200", "25006"]);

/**
 * The same functions, whose errors are one line where the server has no room or may not be written to. That says nothing
 * of the run whose state was to be kept: it goes on when the server is well.
 *
 * @param shown the server's address, without a password
 */
export function withServerFaults<Calls extends object>(calls: Calls, shown: string): Calls {
  const guarded = Object.entries(calls).map(([name, call]) => [
    name,
    async (...given: readonly unknown[]) => {
      try {
        return await call(...given);
      } catch (error) {
        throw serverFault(error, shown) ?? error;
      }
    },
  ]);
  return Object.fromEntries(guarded) as Calls;
}

function serverFault(error: unknown, shown: string): MachineFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const isRefusal = refusals.test(error.message) || ("code" in error && codes.has(error.code));
  if (!isRefusal) return undefined;
  const [reason] = error.message.split("\n");
  return new MachineFault(shown, "a server with room that may be written to", reason!);
}
