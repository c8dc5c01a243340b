import type { PlannedRun } from "./expand.js";

/** How fast a variant trains. */
export interface Speed {
  /** Seconds of an epoch on one thread. */
  readonly epoch: number;
  readonly source: "a measurement" | "runs that are done";
}

/**
 * Seconds that runs take, a run a thread: each begins on the first thread that is free.
 *
 * @param speeds by variant
 */
export function estimatedSeconds(
  runs: readonly PlannedRun[],
  speeds: ReadonlyMap<string, Speed>,
  threads: number,
): number {
  const busy = new Array<number>(Math.max(1, threads)).fill(0);
  for (const { variant } of runs) {
    const at = busy.indexOf(Math.min(...busy));
    busy[at]! += variant.recipe.epochs * (speeds.get(variant.name)?.epoch ?? 0);
  }
  return Math.max(...busy);
}
