import { checkPairs } from "./check-values.js";
import { sampleDeviation } from "./deviation.js";
import { differences } from "./differences.js";
import { cliffDelta, cohenDz } from "./effect-size.js";
import { hodgesLehmann } from "./hodges-lehmann.js";
import { probabilityOfImprovement } from "./improvement.js";
import type { Interval } from "./intervals.js";
import { detectableDifference, seedsNeeded } from "./power.js";
import { type SignFlipTest, signFlipTest } from "./sign-flip.js";
import { type SignedRankTest, signedRankTest } from "./signed-rank.js";
import { pairedTTest, type TTest } from "./t-test.js";

/** A size of a difference, and its interval. */
export interface Estimate {
  readonly estimate: number;
  readonly interval: Interval;
}

/** All that there is to say of two models with the same seeds. */
export interface PairedTests {
  readonly seeds: number;
  readonly t: TTest;
  readonly signedRank: SignedRankTest;
  readonly signFlip: SignFlipTest;
  readonly hodgesLehmann: Estimate;
  readonly cohenDz: number;
  readonly cliffDelta: number;
  readonly improvement: Estimate;
  /** The difference that as many seeds find with 80 %; undefined where all differences are equal. */
  readonly detectable: number | undefined;
  /** Seeds that would find the difference measured with 80 %; undefined where all differences are equal, or it is 0. */
  readonly seedsNeeded: number | undefined;
}

/**
 * All paired tests and sizes of `a − b`, seed by seed. The t-test is the one to be judged by; choose another one before
 * you see the values, not after.
 *
 * @param seed of the random choices of signs, used for more than 16 seeds; default 0
 * @throws InputError for fewer than 2 seeds or more than 200, lists of different lengths, or where a value is not finite
 * @example
 * const tests = pairedTests([97.9, 98.1, 97.6, 98.0], [97.1, 97.4, 96.9, 97.2]);
 */
export function pairedTests(a: readonly number[], b: readonly number[], seed = 0): PairedTests {
  checkPairs("pairedTests", a, b, 2);
  const deviation = sampleDeviation(differences(a, b));
  const t = pairedTTest(a, b);
  const varies = deviation > 0;
  return {
    seeds: a.length,
    t,
    signedRank: signedRankTest(a, b),
    signFlip: signFlipTest(a, b, { seed }),
    hodgesLehmann: hodgesLehmann(a, b),
    cohenDz: cohenDz(a, b),
    cliffDelta: cliffDelta(a, b),
    improvement: probabilityOfImprovement(a, b),
    detectable: varies ? detectableDifference(deviation, a.length, "paired") : undefined,
    seedsNeeded:
      varies && t.estimate !== 0 ? seedsNeeded(deviation, t.estimate, "paired") : undefined,
  };
}
