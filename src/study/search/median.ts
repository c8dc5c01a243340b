import type { Configuration, Scores } from "./scores.js";
import type { Standing } from "./standing.js";

export interface MedianOptions {
  /** Epochs before which nothing is pruned. */
  readonly warmUp: number;
  /** Earlier configurations that a median needs. */
  readonly leastRuns: number;
}

/** What earlier configurations reached after an epoch. */
interface Earlier {
  /** Scores, ascending. */
  readonly scores: number[];
  /** Runs of earlier configurations that have not come so far. */
  readonly missing: string[];
}

/**
 * Median pruning (Golovin et al., KDD 2017, with a fixed order): from `warmUp` on, a configuration is pruned after an
 * epoch where its score is below the median of the *earlier configurations of the search* that came to this epoch, if
 * these are `leastRuns` or more. It waits until all earlier ones are there, pruned or failed, so that what is pruned does
 * not depend on which came first.
 */
export function pruneByMedian(
  configurations: readonly Configuration[],
  scores: Scores,
  { warmUp, leastRuns }: MedianOptions,
  epochs: number,
): Map<string, Standing> {
  const standings = new Map<string, Standing>();
  const earlier = Array.from({ length: epochs }, (): Earlier => ({ scores: [], missing: [] }));
  configurations.forEach((configuration, index) => {
    // It goes on where too few are earlier, whatever they reach.
    const isSafe = index < leastRuns;
    let standing: Standing | undefined;
    for (let epoch = warmUp; epoch < epochs; epoch++) {
      const { scores: others, missing } = earlier[epoch]!;
      if (standing !== undefined) {
        missing.push(...configuration.keys);
        continue;
      }
      const reached = scores.at(configuration, epoch);
      if (typeof reached === "object" && "missing" in reached) {
        standing = { kind: "train", until: epoch };
        missing.push(...reached.missing);
        continue;
      }
      if (!isSafe && missing.length > 0) standing = { kind: "wait", for: [...missing] };
      else if (reached === "failed" || (!isSafe && isBelow(reached.correct, others, leastRuns))) {
        standings.set(configuration.name, { kind: "prune", epochs: epoch });
        if (reached !== "failed") insert(others, reached.correct);
        return;
      }
      if (reached !== "failed") insert(others, reached.correct);
    }
    standings.set(configuration.name, standing ?? { kind: "train", until: epochs });
  });
  return standings;
}

function isBelow(score: number, others: readonly number[], leastRuns: number): boolean {
  if (others.length < leastRuns) return false;
  const middle = others.length / 2;
  const median = (others[Math.ceil(middle) - 1]! + others[Math.floor(middle)]!) / 2;
  return score < median;
}

function insert(sorted: number[], value: number): void {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, value);
}
