import { wholePower } from "../../numbers.js";
import { normalDensity, normalProbability } from "../normal.js";
import { increasingRoot } from "./root.js";

/**
 * `P(R ≤ q)` for the range R, largest minus smallest, of k independent standard normal values:
 * `k ∫ φ(z) (Φ(z) − Φ(z − q))ᵏ⁻¹ dz`. It is the studentized range with infinite degrees of freedom.
 *
 * H. L. Harter, Tables of range and studentized range, Annals of Mathematical Statistics 31, 1960. The integral is a
 * sum over equal steps, which is exact to the last digits for so smooth and short a function.
 */
export function rangeProbability(q: number, count: number): number {
  const step = 1 / 32;
  let sum = 0;
  for (let z = -9; z <= 9 + q; z += step) {
    sum +=
      normalDensity(z) * wholePower(normalProbability(z) - normalProbability(z - q), count - 1);
  }
  return Math.min(1, count * sum * step);
}

/** The q with `P(R ≥ q) = p` for the range of k standard normal values. */
export function rangeCritical(p: number, count: number): number {
  return increasingRoot((q) => rangeProbability(q, count), 1 - p, 0, 20);
}
