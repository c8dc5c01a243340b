import * as platform from "#engine-platform";
import { InputError } from "../errors.js";
import { SHARDS } from "./control.js";

/** As many threads as wanted, or as there are cores; one where threads cannot share memory or wait. */
export function threadsFor(wanted: number | undefined): number {
  const missing = platform.missingForThreads();
  if (missing === undefined) return Math.min(wanted ?? platform.coreCount(), SHARDS);
  if (wanted !== undefined && wanted > 1) {
    throw new InputError("engine", `threads to be 1 here (more need ${missing})`, String(wanted));
  }
  return 1;
}
