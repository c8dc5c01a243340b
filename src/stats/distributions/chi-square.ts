import { upperGamma } from "./gamma.js";

/** `P(X ≥ x)` for the χ² distribution with ν degrees of freedom and x ≥ 0: `Q(ν/2, x/2)`. */
export function chiSquareUpper(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2);
}
