import { checkWhole } from "../arguments.js";
import { exponential } from "./distributions/exponential.js";
import { logChoose } from "./distributions/gamma.js";

/**
 * McNemar's exact test of two fixed networks on the same test images: are both equally often correct? Only the images
 * count that one of them gets right and the other wrong. If the networks are alike, each of these is a fair coin, so that
 * `p = 2 P(X ≤ smaller count)` with X binomial(onlyA + onlyB, ½), at most 1.
 *
 * It says whether these two networks differ, not whether trainings with other seeds would.
 *
 * Q. McNemar, Note on the sampling error of the difference between correlated proportions or percentages, Psychometrika
 * 12, 1947. As statsmodels' `mcnemar(exact=True)`.
 *
 * @param onlyA images that only network a gets right
 * @param onlyB images that only network b gets right
 * @throws InputError where a count is not a whole number of 0 or more
 * @example
 * mcnemar(31, 14); // 0.016…
 */
export function mcnemar(onlyA: number, onlyB: number): number {
  checkWhole("mcnemar", "onlyA", onlyA, 0);
  checkWhole("mcnemar", "onlyB", onlyB, 0);
  const total = onlyA + onlyB;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyA, onlyB); k++) {
    tail += exponential(logChoose(total, k) - total * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}
