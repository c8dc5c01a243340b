import { checkPairs } from "./check-values.js";
import { differences } from "./differences.js";
import { normalProbability } from "./normal.js";
import { ranks, tieTerm } from "./ranks.js";

/** Beyond this many differences the normal approximation is as good as exact. */
const EXACT_UP_TO = 200;

/** Wilcoxon's signed rank test of paired values. */
export interface SignedRankTest {
  /** The sum of the ranks of the differences above 0. */
  readonly statistic: number;
  /** Differences that are not 0. */
  readonly count: number;
  /** Two-sided p-value of "the differences are symmetric around 0". */
  readonly p: number;
  readonly exact: boolean;
}

/**
 * Wilcoxon's signed rank test of two models with the same seeds. The differences `a − b` are ranked by size; the
 * statistic is the sum of the ranks of those above 0. Differences of 0 are left out, equal sizes share their mean rank.
 *
 * Exact up to 200 differences, with ties, too: if models are alike, each of the 2ⁿ choices of signs is equally likely.
 * Above, the normal approximation with the correction for ties. With 5 seeds the smallest possible p is 0.0625.
 *
 * F. Wilcoxon, Individual comparisons by ranking methods, Biometrics Bulletin 1, 1945. As R's `wilcox.test`, and
 * SciPy's `wilcoxon`.
 *
 * @throws InputError without values, for lists of different lengths, or where a value is not finite
 */
export function signedRankTest(a: ArrayLike<number>, b: ArrayLike<number>): SignedRankTest {
  checkPairs("signedRankTest", a, b, 1);
  const left = differences(a, b).filter((difference) => difference !== 0);
  const sizes = left.map(Math.abs);
  const rank = ranks(sizes);
  let statistic = 0;
  for (let at = 0; at < left.length; at++) if (left[at]! > 0) statistic += rank[at]!;
  const count = left.length;
  const exact = count <= EXACT_UP_TO;
  const p = exact ? exactP(rank, statistic) : normalP(count, statistic, tieTerm(sizes));
  return { statistic, count, p, exact };
}

/** The probability of a sum at least as far from the middle, over all choices of signs. */
function exactP(rank: Float64Array, statistic: number): number {
  const chances = signedRankChances(rank);
  const far = Math.min(2 * statistic, chances.length - 1 - 2 * statistic);
  let tail = 0;
  for (let sum = 0; sum <= far; sum++) tail += chances[sum]!;
  return Math.min(1, 2 * tail);
}

/**
 * The probability of each sum of ranks, where each rank counts or not with a probability of one half. Entry s is that of
 * the sum s / 2, as midranks may end in ½.
 */
export function signedRankChances(rank: ArrayLike<number>): Float64Array {
  let total = 0;
  for (let at = 0; at < rank.length; at++) total += 2 * rank[at]!;
  const chances = new Float64Array(total + 1);
  chances[0] = 1;
  let reached = 0;
  for (let at = 0; at < rank.length; at++) {
    const size = 2 * rank[at]!;
    reached += size;
    for (let sum = reached; sum >= 0; sum--) {
      chances[sum] = (chances[sum]! + (sum >= size ? chances[sum - size]! : 0)) / 2;
    }
  }
  return chances;
}

/** `z = (W − n(n + 1)/4) / √(n(n + 1)(2n + 1)/24 − Σ(t³ − t)/48)` */
function normalP(n: number, statistic: number, ties: number): number {
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - ties / 48;
  const z = (statistic - (n * (n + 1)) / 4) / Math.sqrt(variance);
  return Math.min(1, 2 * normalProbability(-Math.abs(z)));
}
