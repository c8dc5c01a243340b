import { InputError } from "../errors.js";
import { checkPositive, checkValues } from "./check-values.js";
import { mean, sampleDeviation } from "./deviation.js";
import type { Interval } from "./intervals.js";
import type { SequentialBoundary } from "./sequential-boundary.js";

/**
 * - `better`, `worse`: the true difference is above 0, or below;
 * - `no difference`: it is between −size and size;
 * - `go on`: not known yet; `not settled`: nor with the most seeds.
 */
export type SequentialVerdict = "better" | "worse" | "no difference" | "go on" | "not settled";

export interface SequentialResult {
  readonly verdict: SequentialVerdict;
  /** Seeds at the look that decided, or all so far. */
  readonly seeds: number;
  /** The repeated confidence interval at that look; undefined before the first look. */
  readonly interval: Interval | undefined;
}

/**
 * A verdict on two models with the same seeds that may be asked for after every seed, and stops at the first answer.
 *
 * At each look the true difference is in `d̄ ± cₙ s / √n` with the boundary's critical value cₙ. All these intervals hold
 * it together with a probability of at least 95 % (1 − level), so that the first verdict that follows from one of them
 * is wrong with at most 5 %, whichever verdict it is. Looks may be left out. Where all differences are equal, nothing is
 * known of their deviation, and the interval is unlimited.
 *
 * C. Jennison and B. W. Turnbull, Interim analyses: the repeated confidence interval approach, JRSS B 51, 1989.
 *
 * @param differences `a − b`, in the order of the seeds
 * @param size above 0: the difference that matters, in the unit of the differences
 * @throws InputError for more differences than the boundary has seeds, or where one is not finite
 */
export function sequentialVerdict(
  differences: readonly number[],
  boundary: SequentialBoundary,
  size: number,
): SequentialResult {
  const { firstLook, maxSeeds } = boundary;
  checkValues("sequentialVerdict", differences, 0);
  checkPositive("sequentialVerdict", "the difference that matters", size);
  if (differences.length > maxSeeds) {
    const got = `${differences.length}`;
    throw new InputError("sequentialVerdict", `up to ${maxSeeds} differences, as planned`, got);
  }
  let interval: Interval | undefined;
  for (let seeds = firstLook; seeds <= differences.length; seeds++) {
    interval = repeatedInterval(differences.slice(0, seeds), boundary);
    const verdict = decided(interval, size);
    if (verdict !== undefined) return { verdict, seeds, interval };
  }
  const verdict = differences.length < maxSeeds ? "go on" : "not settled";
  return { verdict, seeds: differences.length, interval };
}

function repeatedInterval(differences: readonly number[], boundary: SequentialBoundary): Interval {
  const n = differences.length;
  const middle = mean(differences);
  const deviation = sampleDeviation(differences);
  if (deviation === 0) return { low: -Infinity, high: Infinity };
  const half = (boundary.critical[n - boundary.firstLook]! * deviation) / Math.sqrt(n);
  return { low: middle - half, high: middle + half };
}

function decided({ low, high }: Interval, size: number): SequentialVerdict | undefined {
  if (low > 0) return "better";
  if (high < 0) return "worse";
  return low > -size && high < size ? "no difference" : undefined;
}
