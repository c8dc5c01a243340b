import { normalQuantile } from "./normal.js";

/** What a comparison of two models by several seeds each is asked for: 5 %, two-sided, and 80 % power. */
const SIGNIFICANT = normalQuantile(0.975);
const POWERFUL = normalQuantile(0.8);

/**
 * Seeds per model with which a two-sample t-test (5 %, two-sided) finds a difference with a
 * probability of 80 %.
 *
 * `n = 2 (z(0.975) + z(0.8))² (deviation / difference)² + z(0.975)² / 4`, rounded up, at least 2.
 * Source: Guenther, "Sample size formulas for normal theory t tests", The American Statistician 35
 * (1981); the last term is the price of a deviation that is estimated too.
 */
export function seedsNeeded(deviation: number, difference: number): number {
  const normal = 2 * ((SIGNIFICANT + POWERFUL) * (deviation / difference)) ** 2;
  return Math.max(2, Math.ceil(normal + SIGNIFICANT ** 2 / 4));
}

/**
 * The smallest difference between two models that `seeds` runs of each show with a probability of
 * 80 %, the deviation taken as known: `(z(0.975) + z(0.8)) · deviation · √(2 / seeds)`.
 */
export function smallestDifference(deviation: number, seeds: number): number {
  return (SIGNIFICANT + POWERFUL) * deviation * Math.sqrt(2 / seeds);
}
