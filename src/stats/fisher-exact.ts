import { checkWhole } from "../arguments.js";
import { exponential } from "./distributions/exponential.js";
import { logChoose } from "./distributions/gamma.js";

/** Each table of a total is summed: of more, the sum would take longer than a second. */
const mostRuns = 1_000_000;

/**
 * Fisher's exact test of two rates: do networks a and b collapse equally often, if `a` of `ofA` runs of one and `b` of
 * `ofB` of the other collapsed? The two-sided p-value: the probability of all tables with the same sums that are no more
 * likely than the one found, `(ofA choose x) (ofB choose a + b − x) / (ofA + ofB choose a + b)`.
 *
 * R. A. Fisher, Statistical methods for research workers, 5th edition, 1934, §21.02. As R's `fisher.test` and SciPy's
 * `fisher_exact`.
 *
 * @throws InputError where a count is not a whole number, or more than its total, or a total more than 1,000,000
 * @example
 * fisherExact(5, 20, 0, 20); // 0.047…
 */
export function fisherExact(a: number, ofA: number, b: number, ofB: number): number {
  for (const [count, total] of [
    [a, ofA],
    [b, ofB],
  ] as const) {
    checkWhole("fisherExact", "a total", total, 0, mostRuns);
    checkWhole("fisherExact", "a count", count, 0, total);
  }
  const both = a + b;
  const chance = (x: number) =>
    exponential(logChoose(ofA, x) + logChoose(ofB, both - x) - logChoose(ofA + ofB, both));
  // Equal probabilities may differ in their last digits, as in R's test.
  const limit = chance(a) * (1 + 1e-7);
  let p = 0;
  for (let x = Math.max(0, both - ofB); x <= Math.min(ofA, both); x++) {
    const each = chance(x);
    if (each <= limit) p += each;
  }
  return Math.min(1, p);
}
