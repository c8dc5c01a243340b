import type { Run } from "../runs/run-folder.node.js";
import { type TimeSpan, trainingSpans } from "../runs/training-parts.js";

/** The wall-clock time of several runs. */
export interface TrainingClock {
  /** Seconds during which at least one of them trained. */
  readonly seconds: number;
  /** Largest number of runs that trained at the same time. */
  readonly atOnce: number;
  /** The numbers of threads that their parts used, ascending, each once. */
  readonly threads: readonly number[];
}

/** The wall-clock time of runs; undefined where one of them did not record when it trained. */
export function trainingClock(runs: readonly Run[]): TrainingClock | undefined {
  const spans: TimeSpan[] = [];
  for (const run of runs) {
    const own = trainingSpans(run);
    if (own === undefined) return undefined;
    spans.push(...own);
  }
  const threads = runs.flatMap(({ record }) => record.parts!.map((part) => part.threads));
  return {
    ...overlap(spans),
    threads: [...new Set(threads)].sort((a, b) => a - b),
  };
}

/** Length of the union of time spans, and the largest number that overlap. */
function overlap(spans: readonly TimeSpan[]): { seconds: number; atOnce: number } {
  // At equal times ends sort before starts, so that consecutive spans do not overlap.
  const events = spans
    .filter(({ from, to }) => to > from)
    .flatMap(({ from, to }) => [
      { at: from, change: 1 },
      { at: to, change: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.change - b.change);
  let [running, atOnce, milliseconds, since] = [0, 0, 0, 0];
  for (const { at, change } of events) {
    if (running > 0) milliseconds += at - since;
    since = at;
    running += change;
    atOnce = Math.max(atOnce, running);
  }
  return { seconds: milliseconds / 1000, atOnce };
}
