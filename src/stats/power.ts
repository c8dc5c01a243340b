import { InputError } from "../errors.js";
import { checkBetween, checkPositive } from "./check-values.js";
import { noncentralT } from "./distributions/noncentral-t.js";
import { increasingRoot } from "./distributions/root.js";
import { studentCritical } from "./distributions/student.js";
import { normalQuantile } from "./normal.js";

/** Of a test, where no other is given. */
const LEVEL = 0.05;

/** z values of a test at 5 %, two-sided, with 80 % power. */
const SIGNIFICANT = normalQuantile(0.975);
const POWERFUL = normalQuantile(0.8);

/** Beyond this many seeds the normal approximation is exact to the seed or two. */
const EXACT_UP_TO = 100_000;

/**
 * What is compared: `paired`, models with the same seeds, the deviation being that of the differences; `unpaired`, models
 * with different seeds, the deviation being that of each model's values.
 */
export type Design = "paired" | "unpaired";

/**
 * The power of a two-sided t-test: the probability that it finds a true difference.
 *
 * `P(|T| > t(ν))`, where t(ν) is Student's critical value at the level, and T has the noncentral t distribution: paired,
 * ν = n − 1 and shift `√n · difference / deviation`; unpaired, ν = 2n − 2 and shift `√(n/2) · difference / deviation`.
 *
 * J. Cohen, Statistical power analysis for the behavioral sciences, 2nd edition, 1988. As statsmodels' `TTestPower` and
 * `TTestIndPower`.
 *
 * @param seeds n, per model: 2 or more
 * @param level of the test, default 0.05
 * @throws InputError for fewer than 2 seeds, or a deviation or a level that is not above 0
 * @example
 * tTestPower(0.05, 0.1, 5, "unpaired"); // 0.79…
 */
export function tTestPower(
  deviation: number,
  difference: number,
  seeds: number,
  design: Design = "unpaired",
  level = LEVEL,
): number {
  checkPositive("tTestPower", "the deviation", deviation);
  checkPositive("tTestPower", "the level", level);
  if (!(seeds >= 2)) throw new InputError("tTestPower", "2 or more seeds", String(seeds));
  const degrees = design === "paired" ? seeds - 1 : 2 * seeds - 2;
  const critical = studentCritical(level, degrees);
  const shift = (Math.sqrt(design === "paired" ? seeds : seeds / 2) * difference) / deviation;
  return 1 - noncentralT(critical, degrees, shift) + noncentralT(-critical, degrees, shift);
}

/**
 * Seeds per model with which a two-sided t-test finds a difference with a probability of 80 %: the smallest number of 2
 * or more whose power reaches that.
 *
 * Above 100,000 seeds, Guenther's `n = 2 (z + z(0.8))² (deviation / difference)² + z² / 4` with `z = z(1 − level / 2)`
 * (unpaired; paired without the 2 and with / 2 for / 4), rounded up: Sample size formulas for normal theory t tests, The
 * American Statistician 35, 1981. ∞ for a difference of 0.
 *
 * @param level of the test, default 0.05; of one of m tests that share it, 0.05 / m
 * @example
 * seedsNeeded(0.05, 0.045, "unpaired"); // 21
 */
export function seedsNeeded(
  deviation: number,
  difference: number,
  design: Design = "unpaired",
  level = LEVEL,
): number {
  if (difference === 0) return Infinity;
  const significant = normalQuantile(1 - level / 2);
  const normal = ((significant + POWERFUL) * deviation) / difference;
  const formula =
    design === "paired"
      ? normal * normal + significant ** 2 / 2
      : 2 * normal * normal + significant ** 2 / 4;
  let seeds = Math.max(2, Math.ceil(formula));
  if (deviation === 0 || seeds > EXACT_UP_TO) return seeds;
  const shows = (n: number) => tTestPower(deviation, difference, n, design, level) >= 0.8;
  while (seeds > 2 && shows(seeds - 1)) seeds--;
  while (!shows(seeds)) seeds++;
  return seeds;
}

/**
 * The smallest difference between two models that `seeds` runs of each detect with a probability of
 * 80 %, with a known deviation: `(z(0.975) + z(0.8)) · deviation · √(2 / seeds)`.
 */
export function smallestDifference(deviation: number, seeds: number): number {
  return (SIGNIFICANT + POWERFUL) * deviation * Math.sqrt(2 / seeds);
}

/**
 * The difference that a two-sided t-test with n seeds per model finds with a given probability, where the
 * deviation is estimated from the same runs. It is above `smallestDifference`, the more the fewer seeds there are.
 *
 * @param power from the level to 1, default 0.8
 * @param level of the test, default 0.05
 * @throws InputError for fewer than 2 seeds, or a deviation that is not above 0
 * @example
 * detectableDifference(0.05, 5, "unpaired"); // 0.10…
 */
export function detectableDifference(
  deviation: number,
  seeds: number,
  design: Design = "unpaired",
  power = 0.8,
  level = LEVEL,
): number {
  checkBetween("detectableDifference", "power", power, level, 1);
  const shown = (difference: number) => tTestPower(deviation, difference, seeds, design, level);
  let high = smallestDifference(deviation, seeds);
  while (shown(high) < power) high *= 2;
  return increasingRoot(shown, power, 0, high);
}
