import { incompleteBeta } from "./beta.js";

/**
 * `P(F ≥ f)` for the F distribution with ν₁ and ν₂ degrees of freedom and f ≥ 0:
 * `I(ν₂ / (ν₂ + ν₁ f); ν₂/2, ν₁/2)`.
 */
export function fUpper(f: number, over: number, under: number): number {
  if (f === Infinity) return 0;
  const sum = under + over * f;
  return incompleteBeta(under / sum, under / 2, over / 2, (over * f) / sum);
}
