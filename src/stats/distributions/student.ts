import { incompleteBeta } from "./beta.js";
import { increasingRoot } from "./root.js";

/**
 * `P(|T| ≥ |t|)` for Student's t with ν degrees of freedom (ν > 0, whole or not): the p-value of a two-sided t-test.
 * `I(ν / (ν + t²); ν/2, 1/2)`.
 */
export function studentTwoSided(t: number, degrees: number): number {
  if (Math.abs(t) === Infinity) return 0;
  const square = t * t;
  return incompleteBeta(
    degrees / (degrees + square),
    degrees / 2,
    0.5,
    square / (degrees + square),
  );
}

/**
 * The t with `P(|T| ≥ t) = p`, for p in 0..1: half the width of an interval with confidence 1 − p, in standard errors.
 */
export function studentCritical(p: number, degrees: number): number {
  if (p <= 0) return Infinity;
  let high = 2;
  while (studentTwoSided(high, degrees) > p && high < 1e300) high *= 2;
  return increasingRoot((t) => -studentTwoSided(t, degrees), -p, 0, high);
}
