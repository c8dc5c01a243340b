import { InputError } from "../errors.js";
import { checkPairs, checkPositive } from "./check-values.js";
import { mean, sampleDeviation } from "./deviation.js";
import { differences } from "./differences.js";
import type { Interval } from "./intervals.js";
import type { SequentialBoundary } from "./sequential-boundary.js";

/**
 * - `better`, `worse`: the true difference is above 0, or below;
 * - `no difference`: it is between −size and size;
 * - `go on`: not known yet; `not settled`: nor with the most seeds.
 */
export type SequentialVerdict = "better" | "worse" | "no difference" | "go on" | "not settled";

/** What {@link sequentialVerdict} finds at a look. */
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
 * @param a the values of one model, in the order of the seeds
 * @param b those of the other, of the same seeds
 * @param size above 0: the difference that matters, in the unit of the values
 * @throws InputError for more seeds than the boundary has, lists of different lengths, or where a value is not finite
 * @example
 * const boundary = sequentialBoundary({ maxSeeds: 12 }); // fixed before the first seed
 * const a = [97.9, 98.1, 97.6, 98.0, 97.8];
 * const b = [97.1, 97.4, 96.9, 97.2, 97.3];
 * const { verdict } = sequentialVerdict(a, b, boundary, 0.1); // and again after each seed
 */
export function sequentialVerdict(
  a: readonly number[],
  b: readonly number[],
  boundary: SequentialBoundary,
  size: number,
): SequentialResult {
  const { firstLook, maxSeeds } = boundary;
  checkPairs("sequentialVerdict", a, b, 0);
  checkPositive("sequentialVerdict", "the difference that matters", size);
  if (a.length > maxSeeds) {
    throw new InputError("sequentialVerdict", `up to ${maxSeeds} seeds, as planned`, `${a.length}`);
  }
  let interval: Interval | undefined;
  for (let seeds = firstLook; seeds <= a.length; seeds++) {
    // Of these seeds alone, so that later ones cannot change a bit of it.
    const each = differences(a.slice(0, seeds), b.slice(0, seeds));
    interval = repeatedInterval(each, boundary);
    const verdict = decided(interval, size);
    if (verdict !== undefined) return { verdict, seeds, interval };
  }
  const verdict = a.length < maxSeeds ? "go on" : "not settled";
  return { verdict, seeds: a.length, interval };
}

function repeatedInterval(each: readonly number[], boundary: SequentialBoundary): Interval {
  const n = each.length;
  const middle = mean(each);
  const deviation = sampleDeviation(each);
  if (deviation === 0) return { low: -Infinity, high: Infinity };
  const half = (boundary.critical[n - boundary.firstLook]! * deviation) / Math.sqrt(n);
  return { low: middle - half, high: middle + half };
}

function decided({ low, high }: Interval, size: number): SequentialVerdict | undefined {
  if (low > 0) return "better";
  if (high < 0) return "worse";
  return low > -size && high < size ? "no difference" : undefined;
}
