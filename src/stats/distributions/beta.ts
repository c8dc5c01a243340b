import { exponential, logarithm } from "./exponential.js";
import { logGamma } from "./gamma.js";

/**
 * The regularized incomplete beta function, `I(x; a, b) = ∫₀ˣ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt / B(a, b)`, for a, b > 0 and x in
 * 0..1, by a continued fraction. It is the distribution function of the beta distribution; Student's t, F and the
 * binomial distribution follow from it.
 *
 * NIST Digital Library of Mathematical Functions, 8.17.22.
 *
 * @param rest `1 − x`, for callers that know it without rounding
 */
export function incompleteBeta(x: number, a: number, b: number, rest = 1 - x): number {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  // The fraction converges fast on this side; I(x; a, b) = 1 − I(1 − x; b, a).
  if (x > (a + 1) / (a + b + 2)) return 1 - front(rest, b, a, x) * fraction(rest, b, a);
  return front(x, a, b, rest) * fraction(x, a, b);
}

/** `xᵃ (1 − x)ᵇ / (a B(a, b))` */
function front(x: number, a: number, b: number, rest: number): number {
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
  return exponential(a * logarithm(x) + b * logarithm(rest) - logBeta) / a;
}

/** `1 / (1 + d₁ / (1 + d₂ / (1 + …)))`, by Lentz's method. */
function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let k = 1; k < 100_000; k++) {
    const even = (k * (b - k) * x) / ((a + 2 * k - 1) * (a + 2 * k));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    result *= d * c;
    const odd = (-(a + k) * (a + b + k) * x) / ((a + 2 * k) * (a + 2 * k + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return result;
}
