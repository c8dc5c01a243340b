import { checkBetween } from "./check-values.js";
import { increasingRoot } from "./distributions/root.js";
import { cliffDelta } from "./effect-size.js";
import type { Interval } from "./intervals.js";
import { normalQuantile } from "./normal.js";

/**
 * The probability that a run of a is better than one of b, each with a seed of its own: the share of the m · n pairs in
 * which a's value is larger, an equal pair counting ½ (Mann and Whitney's U / mn).
 *
 * The interval holds every θ with `|θ̂ − θ| ≤ z √(θ(1 − θ) (1 + N ((1 − θ) / (2 − θ) + θ / (1 + θ))) / (m n))` and
 * `N = (m + n) / 2 − 1`. It has a width even where all runs of a are better. It takes the runs as independent, although
 * the same seed may make two models better together.
 *
 * R. G. Newcombe, Confidence intervals for an effect size measure based on the Mann–Whitney statistic, part 2,
 * Statistics in Medicine 25, 2006, method 5. The measure: R. Agarwal et al., NeurIPS 2021.
 *
 * @param confidence 0..1, default 0.95
 * @throws InputError without values of a model, or where one is not finite
 */
export function probabilityOfImprovement(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  confidence = 0.95,
): { readonly estimate: number; readonly interval: Interval } {
  const estimate = (1 + cliffDelta(a, b)) / 2;
  checkBetween("probabilityOfImprovement", "confidence", confidence, 0, 1);
  const z = normalQuantile((1 + confidence) / 2);
  const pairs = a.length * b.length;
  const others = (a.length + b.length) / 2 - 1;
  const reach = (part: number) => {
    const shared = (1 - part) / (2 - part) + part / (1 + part);
    return z * Math.sqrt((part * (1 - part) * (1 + others * shared)) / pairs);
  };
  // Both bounds grow with θ where they cross the estimate.
  const low =
    estimate === 0 ? 0 : increasingRoot((part) => part + reach(part), estimate, 0, estimate);
  const high =
    estimate === 1 ? 1 : increasingRoot((part) => part - reach(part), estimate, estimate, 1);
  return { estimate, interval: { low, high } };
}
