import type { EpochMetrics } from "../../train/metrics.js";

/** What is searched: a model with a recipe, and the runs that judge it, one a seed. */
export interface Configuration {
  readonly name: string;
  /** Keys of its runs, in the order of the seeds. */
  readonly keys: readonly string[];
}

/** What is known of a run. */
export interface KnownRun {
  /** Its score after each of its epochs so far, as `scoresOf` gives it. */
  readonly correct: readonly number[];
  /** Images held out; 0 before its first epoch. */
  readonly total: number;
  /** Whether an error ended it after them. */
  readonly failed: boolean;
}

/**
 * The score of a run after each epoch: the images held out that are classified correctly by the epoch with the lowest
 * validation loss so far, whose weights are kept. Correct images are counted, as losses of different recipes cannot be
 * compared.
 */
export function scoresOf(metrics: readonly EpochMetrics[]): number[] {
  let best: EpochMetrics | undefined;
  return metrics.map((epoch) => {
    if (best === undefined || lossOf(epoch) < lossOf(best)) best = epoch;
    return best.validationCorrect;
  });
}

/** As `bestEpoch` compares them. */
function lossOf({ validationLoss }: EpochMetrics): number {
  return Number.isNaN(validationLoss) ? Number.POSITIVE_INFINITY : validationLoss;
}

/**
 * What a configuration reached: images held out that are classified correctly, of all its seeds together; `failed` where
 * an error ended one of its runs before; or the runs that have not come so far.
 */
export type Reached =
  | { readonly correct: number }
  | { readonly missing: readonly string[] }
  | "failed";

/** Scores of configurations: the sums over their seeds. */
export class Scores {
  constructor(private readonly known: ReadonlyMap<string, KnownRun>) {}

  /** What a configuration reached after so many epochs, whatever came after them. */
  at({ keys }: Configuration, epochs: number): Reached {
    let correct = 0;
    let failed = false;
    const missing: string[] = [];
    for (const key of keys) {
      const run = this.known.get(key);
      if (run !== undefined && run.correct.length >= epochs) correct += run.correct[epochs - 1]!;
      else if (run?.failed) failed = true;
      else missing.push(key);
    }
    if (missing.length > 0) return { missing };
    return failed ? "failed" : { correct };
  }
}

/** Configurations from the best on; of equals the earlier one comes first. Those that failed are not among them. */
export function ranked(
  configurations: readonly Configuration[],
  reached: readonly Reached[],
): Configuration[] {
  return configurations
    .flatMap((configuration, at) => {
      const found = reached[at]!;
      return typeof found === "object" && "correct" in found
        ? [{ configuration, correct: found.correct }]
        : [];
    })
    .sort((a, b) => b.correct - a.correct)
    .map(({ configuration }) => configuration);
}
