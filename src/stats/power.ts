import { normalQuantile } from "./normal.js";

/** z values of a test at 5 %, two-sided, with 80 % power. */
const SIGNIFICANT = normalQuantile(0.975);
const POWERFUL = normalQuantile(0.8);

/**
 * Seeds per model with which a two-sample t-test (5 %, two-sided) detects a difference with a
 * probability of 80 %.
 *
 * `n = 2 (z(0.975) + z(0.8))² (deviation / difference)² + z(0.975)² / 4`, rounded up, at least 2.
 * Source: Guenther, "Sample size formulas for normal theory t tests", The American Statistician 35
 * (1981). The last term allows for a deviation that is estimated from the same runs.
 */
export function seedsNeeded(deviation: number, difference: number): number {
  const normal = 2 * ((SIGNIFICANT + POWERFUL) * (deviation / difference)) ** 2;
  return Math.max(2, Math.ceil(normal + SIGNIFICANT ** 2 / 4));
}

/**
 * The smallest difference between two models that `seeds` runs of each detect with a probability of
 * 80 %, with a known deviation: `(z(0.975) + z(0.8)) · deviation · √(2 / seeds)`.
 */
export function smallestDifference(deviation: number, seeds: number): number {
  return (SIGNIFICANT + POWERFUL) * deviation * Math.sqrt(2 / seeds);
}
