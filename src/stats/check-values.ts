import { InputError } from "../errors.js";

/** Of larger values, the fourth power of a deviation has no number. */
const largest = 1e70;

/**
 * Checks that values are finite numbers, and enough of them. A value that is NaN or infinite says nothing of its size:
 * the caller decides what it counts as.
 *
 * @throws InputError that names the position of the first one that is not finite, or beyond ±1e70
 */
export function checkValues(where: string, values: ArrayLike<number>, least: number): void {
  if (values.length < least) {
    const got = `${values.length}`;
    throw new InputError(where, `${least} or more values`, got);
  }
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) {
      throw new InputError(where, `value ${at} to be a finite number`, String(value));
    }
    if (Math.abs(value) > largest) {
      throw new InputError(where, `value ${at} to be in ±${largest}`, String(value));
    }
  }
}

/** Checks two lists of values of the same seeds, in the same order. */
export function checkPairs(
  where: string,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  least: number,
): void {
  checkValues(where, a, least);
  checkValues(where, b, least);
  if (a.length === b.length) return;
  throw new InputError(
    where,
    "as many values of one as of the other",
    `${a.length} and ${b.length}`,
  );
}

/** Checks a number strictly between two others, as a confidence between 0 and 1. */
export function checkBetween(
  where: string,
  what: string,
  value: number,
  low: number,
  high: number,
): void {
  if (value > low && value < high) return;
  throw new InputError(where, `${what} to be between ${low} and ${high}`, String(value));
}

/** Checks a number above 0 that is finite. */
export function checkPositive(where: string, what: string, value: number): void {
  if (value > 0 && value < Infinity) return;
  throw new InputError(where, `${what} to be above 0`, String(value));
}
