import { normalProbability } from "../normal.js";
import { incompleteBeta } from "./beta.js";
import { exponential, logarithm } from "./exponential.js";
import { logGamma } from "./gamma.js";

/**
 * `P(T ≤ t)` for the noncentral t distribution: `T = (Z + δ) / √(χ²(ν) / ν)`. A t-test's statistic has it where the
 * true difference is not 0.
 *
 * `P(T ≤ t) = Φ(−δ) + ½ Σ [pⱼ I(x; j + ½, ν/2) + qⱼ I(x; j + 1, ν/2)]` for t ≥ 0, with `x = t² / (ν + t²)`,
 * `pⱼ = e^(−δ²/2) (δ²/2)ʲ / j!` and `qⱼ = δ e^(−δ²/2) (δ²/2)ʲ / (√2 Γ(j + 3/2))`.
 * R. V. Lenth, Algorithm AS 243, Applied Statistics 38, 1989. The terms are added from the largest outward, so that
 * large δ lose nothing; absolute error below 10⁻¹².
 */
export function noncentralT(t: number, degrees: number, shift: number): number {
  if (t < 0) return 1 - noncentralT(-t, degrees, -shift);
  // More than 40 deviations away nothing is left, and the sum would be long.
  if (shift < -40) return 1;
  if (shift - 40 > t * (1 + 40 / Math.sqrt(degrees))) return 0;
  const x = (t * t) / (degrees + t * t);
  const rest = degrees / (degrees + t * t);
  const half = (shift * shift) / 2;
  const term = (j: number): number => {
    const weight = half === 0 ? (j === 0 ? 0 : -Infinity) : j * logarithm(half);
    const p = exponential(weight - half - logGamma(j + 1));
    const q = (shift * exponential(weight - half - logGamma(j + 1.5))) / Math.SQRT2;
    return (
      p * incompleteBeta(x, j + 0.5, degrees / 2, rest) +
      q * incompleteBeta(x, j + 1, degrees / 2, rest)
    );
  };
  // pⱼ is Poisson's distribution with mean δ²/2: its terms matter within 10 deviations.
  const reach = 10 * Math.sqrt(half) + 30;
  let sum = 0;
  for (let j = Math.max(0, Math.floor(half - reach)); j <= half + reach; j++) sum += term(j);
  return Math.min(1, Math.max(0, normalProbability(-shift) + sum / 2));
}
