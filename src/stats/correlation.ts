import { checkBetween, checkPairs } from "./check-values.js";
import { mean } from "./deviation.js";
import { exponential, logarithm } from "./distributions/exponential.js";
import { studentTwoSided } from "./distributions/student.js";
import type { Interval } from "./intervals.js";
import { normalQuantile } from "./normal.js";
import { ranks } from "./ranks.js";

/** A correlation of two lists, with its interval. */
export interface Correlation {
  /** −1..1; NaN where all values of a list are equal. */
  readonly estimate: number;
  /** Two-sided p-value of "not correlated": `t = r √((n − 2) / (1 − r²))` with n − 2 degrees of freedom. */
  readonly p: number;
  /** `tanh(artanh r ± z / √(n − 3))`; −1..1 for 3 pairs. */
  readonly interval: Interval;
}

/**
 * Pearson's correlation of two lists: `Σ (x − x̄)(y − ȳ) / √(Σ (x − x̄)² Σ (y − ȳ)²)`.
 *
 * R. A. Fisher, On the "probable error" of a coefficient of correlation deduced from a small sample, Metron 1, 1921
 * (the interval). As SciPy's `pearsonr`.
 *
 * @param confidence 0..1, default 0.95
 * @throws InputError for fewer than 3 pairs, lists of different lengths, or where a value is not finite
 * @example
 * const { estimate, p } = pearson([1, 2, 3, 4, 5], [2.1, 3.9, 6.2, 8.1, 9.7]);
 */
export function pearson(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  confidence = 0.95,
): Correlation {
  checkPairs("pearson", x, y, 3);
  checkBetween("pearson", "confidence", confidence, 0, 1);
  const r = product(x, y) / Math.sqrt(product(x, x) * product(y, y));
  const estimate = Math.min(1, Math.max(-1, r));
  const n = x.length;
  const t = estimate * Math.sqrt((n - 2) / (1 - estimate * estimate));
  const p = Number.isNaN(estimate) ? Number.NaN : studentTwoSided(t, n - 2);
  const reach = normalQuantile((1 + confidence) / 2) / Math.sqrt(n - 3);
  // Of three pairs the interval is all that is possible, also where they lie on a line.
  if (n === 3 && !Number.isNaN(p)) return { estimate, p, interval: { low: -1, high: 1 } };
  const middle = logarithm((1 + estimate) / (1 - estimate)) / 2;
  return { estimate, p, interval: { low: tanh(middle - reach), high: tanh(middle + reach) } };
}

/**
 * Spearman's rank correlation: Pearson's of the ranks, where equal values share their mean rank. The interval is
 * Fisher's, which is approximate for ranks.
 *
 * C. Spearman, The proof and measurement of association between two things, American Journal of Psychology 15, 1904.
 * As SciPy's `spearmanr`.
 *
 * @example
 * const { estimate } = spearman([1, 2, 3, 4, 5], [1, 4, 9, 16, 25]); // 1
 */
export function spearman(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  confidence = 0.95,
): Correlation {
  checkPairs("spearman", x, y, 3);
  return pearson(ranks(x), ranks(y), confidence);
}

/** `Σ (x − x̄)(y − ȳ)` */
function product(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [mx, my] = [mean(x), mean(y)];
  let sum = 0;
  for (let at = 0; at < x.length; at++) sum += (x[at]! - mx) * (y[at]! - my);
  return sum;
}

/** `(1 − e^(−2x)) / (1 + e^(−2x))` for x ≥ 0, mirrored for x < 0. */
function tanh(x: number): number {
  const small = exponential(-2 * Math.abs(x));
  return Math.sign(x) * ((1 - small) / (1 + small));
}
