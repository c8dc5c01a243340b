import { InputError } from "../errors.js";
import type { Comparison, Ends, ModelRuns } from "../stats/compare.js";
import { type SequentialBoundary, sequentialBoundary } from "../stats/sequential-boundary.js";
import { type SequentialResult, sequentialVerdict } from "../stats/sequential-verdict.js";

/** Probability of any false verdict, all pairs together. */
const level = 0.05;

export interface DecisionOptions {
  /** The smallest difference that matters, percentage points. */
  readonly difference: number;
  readonly maxSeeds: number;
}

/** What is known of a pair. */
export interface Decision {
  readonly a: string;
  readonly b: string;
  readonly result: SequentialResult;
}

/**
 * Judges all pairs of models after any number of seeds, and may be asked again after each seed.
 *
 * Each pair has a part of the level, `0.05 / pairs`, so that all verdicts together are right with at least 95 %.
 */
export class Decisions {
  readonly #boundary: SequentialBoundary;

  /** @throws InputError for fewer than 2 models, or options out of their ranges */
  constructor(
    models: number,
    private readonly options: DecisionOptions,
  ) {
    if (models < 2) throw new InputError("decisions", "2 models or more", `${models}`);
    const { maxSeeds } = options;
    const pairs = (models * (models - 1)) / 2;
    this.#boundary = sequentialBoundary({ maxSeeds, level: level / pairs });
  }

  /** Seeds before which nothing can be decided. */
  get firstLook(): number {
    return this.#boundary.firstLook;
  }

  get maxSeeds(): number {
    return this.#boundary.maxSeeds;
  }

  /** What is known of each pair. The seeds are taken in their order. */
  of(models: readonly ModelRuns[]): Decision[] {
    return models.flatMap((a, at) =>
      models.slice(at + 1).map((b) => ({
        ...{ a: a.model, b: b.model },
        result: this.#judge(a, b),
      })),
    );
  }

  #judge(a: ModelRuns, b: ModelRuns): SequentialResult {
    const other = new Map(b.seeds.map((seed, at) => [seed, b.values[at]!]));
    const shared = a.seeds.flatMap((seed, at) => (other.has(seed) ? [at] : []));
    const most = shared.slice(0, this.#boundary.maxSeeds);
    const own = most.map((at) => a.values[at]!);
    const others = most.map((at) => other.get(a.seeds[at]!)!);
    return sequentialVerdict(own, others, this.#boundary, this.options.difference);
  }
}

/** Whether no pair waits for more seeds. */
export function allDecided(decisions: readonly Decision[]): boolean {
  return decisions.every(({ result }) => result.verdict !== "go on");
}

/**
 * A comparison with the verdicts and intervals of decisions. A p-value of seeds that were added until something was
 * decided means nothing, so there is none.
 */
export function decidedComparison(
  comparison: Comparison,
  decisions: readonly Decision[],
): Comparison {
  return {
    models: comparison.models,
    pairs: comparison.pairs.map((pair) => {
      const found = decisions.find(({ a, b }) => a === pair.a && b === pair.b);
      if (found === undefined) return pair;
      const { verdict, interval } = found.result;
      return {
        ...pair,
        interval: interval && Number.isFinite(interval.low) ? endsOf(interval) : null,
        ...{ p: null, pHolm: null },
        verdict: verdict === "better" ? "a" : verdict === "worse" ? "b" : "not settled",
      };
    }),
  };
}

function endsOf({ low, high }: { readonly low: number; readonly high: number }): Ends {
  return [low, high];
}
