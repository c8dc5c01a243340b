import type { Run } from "../runs/run-folder.node.js";
import { type TimeSpan, trainingSpans } from "../runs/training-parts.js";

/** How long runs took together, by the clock. */
export interface TrainingClock {
  /** Time in which at least one of them trained. */
  readonly seconds: number;
  /** The most of them that trained at once. */
  readonly atOnce: number;
  /** Threads of their parts, each number once, rising. */
  readonly threads: readonly number[];
}

/** The clock of runs; undefined where one of them does not say when it trained. */
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

/** Length of the union of spans, and how many of them overlap at most. */
function overlap(spans: readonly TimeSpan[]): { seconds: number; atOnce: number } {
  // At the same moment an end comes before a start: one after the other is not at once.
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
