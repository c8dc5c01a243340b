import { normalQuantile } from "./normal.js";

/** The two ends of a confidence interval, in the unit of what was estimated. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval of a fraction that was measured as `correct` of `total`:
 * `(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)` with `p = correct / total`, `n = total` and the
 * normal distribution's `z = Φ⁻¹((1 + confidence) / 2)`.
 * Unlike the normal approximation it stays within 0..1, and its width is above 0 even where none or all
 * are correct.
 *
 * E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
 *
 * @param confidence 0..1, default 0.95
 * @example
 * const { low, high } = wilsonInterval(9931, 10_000); // 0.9913 to 0.9945
 */
export function wilsonInterval(correct: number, total: number, confidence = 0.95): Interval {
  const z = normalQuantile((1 + confidence) / 2);
  const share = correct / total;
  const middle = share + z ** 2 / (2 * total);
  const half = z * Math.sqrt((share * (1 - share)) / total + (z / (2 * total)) ** 2);
  const scale = 1 + z ** 2 / total;
  // These two ends are exactly 0 and 1; the formula would round.
  return {
    low: correct === 0 ? 0 : (middle - half) / scale,
    high: correct === total ? 1 : (middle + half) / scale,
  };
}

/**
 * The 95 % interval of the difference `(one − other) / total` of two fractions, each counted on `total`
 * images, from their Wilson intervals l..u: `d − √((p₁−l₁)² + (u₂−p₂)²)` to `d + √((u₁−p₁)² + (p₂−l₂)²)`.
 *
 * It assumes independent counts. Two networks that are scored on the same images share many errors, so
 * the interval is conservative: wider than it need be.
 *
 * R. G. Newcombe, Interval estimation for the difference between independent proportions,
 * Statistics in Medicine 17, 1998, method 10.
 */
export function differenceInterval(one: number, other: number, total: number): Interval {
  const [p, q] = [one / total, other / total];
  const [a, b] = [wilsonInterval(one, total), wilsonInterval(other, total)];
  return {
    low: p - q - Math.hypot(p - a.low, b.high - q),
    high: p - q + Math.hypot(a.high - p, q - b.low),
  };
}
