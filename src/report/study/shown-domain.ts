import type { ComparedModel } from "../../stats/compare.js";

/** A part of an axis. */
export type Domain = readonly [low: number, high: number];

/** An interval makes the axis at most so many times as long as the values do, and is cut there. */
const mostStretch = 1;
/** Where all values are equal, percentage points. */
const shortest = 0.02;

/**
 * The part of the accuracy axis, percent, on which runs can be told apart: all sound values, and the intervals as far as
 * they leave room for these. A collapsed run, far below, would leave no room for the rest.
 *
 * @param sound accuracies of runs that did not collapse; those of all runs where none is sound
 * @returns undefined without any value
 */
export function accuracyDomain(
  models: readonly Pick<ComparedModel, "interval" | "collapsed">[],
  sound: readonly number[],
): Domain | undefined {
  if (sound.length === 0) return undefined;
  const [least, most] = endsOf(sound);
  const span = Math.max(most - least, shortest);
  const ends = models.flatMap(({ interval, collapsed }) => (collapsed > 0 ? [] : (interval ?? [])));
  const low = Math.max(Math.min(least, ...ends), least - mostStretch * span);
  const high = Math.min(Math.max(most, ...ends), most + mostStretch * span, 100);
  const air = 0.05 * Math.max(high - low, shortest);
  return [low - air, Math.min(100 + air, high + air)];
}

/** The least and the largest of one or more values. */
export function endsOf(values: readonly number[]): Domain {
  return values.reduce<Domain>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

/** A value in a domain, at its nearer end where it is outside. */
export function within(value: number, [low, high]: Domain): number {
  return Math.min(high, Math.max(low, value));
}
