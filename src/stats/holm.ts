import { InputError } from "../errors.js";

/**
 * Holm's correction of p-values of several tests: the k-th smallest of m is multiplied by `m − k + 1`, and is at least
 * the one before it, at most 1. If all p-values below 5 % after it are acted on, the probability of even one false
 * alarm is at most 5 %, however the tests depend on each other.
 *
 * S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979. As R's
 * `p.adjust(p, "holm")`.
 *
 * @throws InputError where a p-value is not in 0..1
 * @example
 * holm([0.01, 0.04, 0.03]); // [0.03, 0.06, 0.06]
 */
export function holm(pValues: readonly number[]): number[] {
  for (const p of pValues) {
    if (!(p >= 0 && p <= 1)) throw new InputError("holm", "p-values in 0..1", String(p));
  }
  const order = pValues.map((_, at) => at).sort((one, other) => pValues[one]! - pValues[other]!);
  const corrected = new Array<number>(pValues.length);
  let least = 0;
  for (const [before, at] of order.entries()) {
    least = Math.max(least, Math.min(1, pValues[at]! * (pValues.length - before)));
    corrected[at] = least;
  }
  return corrected;
}
