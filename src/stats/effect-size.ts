import { checkPairs, checkValues } from "./check-values.js";
import { mean, sampleDeviation } from "./deviation.js";
import { differences } from "./differences.js";

/**
 * Cohen's d_z of two models with the same seeds: the mean of the differences `a − b`, in deviations of the differences.
 * ±∞ where all differences are equal and not 0; 0 where all are 0.
 *
 * J. Cohen, Statistical power analysis for the behavioral sciences, 2nd edition, 1988, §2.3.
 *
 * @throws InputError for fewer than 2 seeds, lists of different lengths, or where a value is not finite
 */
export function cohenDz(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkPairs("cohenDz", a, b, 2);
  const each = differences(a, b);
  const middle = mean(each);
  return middle === 0 ? 0 : middle / sampleDeviation(each);
}

/**
 * Cliff's δ: the probability that a run of a is better than one of b, minus the probability that it is worse, over all
 * m · n pairs. −1..1; 0 for models that are alike. `2 · probabilityOfImprovement − 1`.
 *
 * N. Cliff, Dominance statistics: ordinal analyses to answer ordinal questions, Psychological Bulletin 114, 1993.
 *
 * @throws InputError without values of a model, or where one is not finite
 */
export function cliffDelta(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkValues("cliffDelta", a, 1);
  checkValues("cliffDelta", b, 1);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) sum += Math.sign(a[i]! - b[j]!);
  }
  return sum / (a.length * b.length);
}
