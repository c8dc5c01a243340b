import { fisherExact } from "./fisher-exact.js";
import { type Interval, wilsonInterval } from "./intervals.js";

/** How many of a model's runs collapsed. */
export interface Collapses {
  readonly collapsed: number;
  readonly runs: number;
}

/** A rate of collapse, 0..1, with Wilson's 95 % interval. */
export interface CollapseRate {
  readonly rate: number;
  readonly interval: Interval;
}

/**
 * Do two models collapse equally often? Each rate with Wilson's interval, and Fisher's exact two-sided p-value. Of 5
 * runs without a collapse, the rate may still be 43 %.
 *
 * @throws InputError where a count is not a whole number, or more than its total
 * @example
 * const { a, b, p } = compareCollapses({ collapsed: 5, runs: 20 }, { collapsed: 0, runs: 20 });
 * console.log(a.rate, b.rate, p); // 0.25 0 0.047…
 */
export function compareCollapses(
  a: Collapses,
  b: Collapses,
): { readonly a: CollapseRate; readonly b: CollapseRate; readonly p: number } {
  const p = fisherExact(a.collapsed, a.runs, b.collapsed, b.runs);
  return { a: collapseRate(a), b: collapseRate(b), p };
}

function collapseRate({ collapsed, runs }: Collapses): CollapseRate {
  if (runs === 0) return { rate: Number.NaN, interval: { low: 0, high: 1 } };
  return { rate: collapsed / runs, interval: wilsonInterval(collapsed, runs) };
}
