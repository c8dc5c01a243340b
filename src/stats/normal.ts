import { exponential, logarithm } from "./distributions/exponential.js";
import { upperGamma } from "./distributions/gamma.js";

/**
 * Quantile of the standard normal distribution, Φ⁻¹(p): the z with Φ(z) = p. −∞ at 0, ∞ at 1, NaN
 * outside 0..1.
 *
 * Rational approximations, one for the middle and two for the tails; relative error about 10⁻¹⁶.
 * M. J. Wichura, Algorithm AS 241: the percentage points of the normal distribution, Applied Statistics
 * 37, 1988, routine PPND16.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.425 ** 2 - q * q;
    return (q * polynomial(MIDDLE.over, r)) / polynomial(MIDDLE.under, r);
  }
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  const r = Math.sqrt(-logarithm(Math.min(p, 1 - p)));
  const { over, under, start } = r <= 5 ? TAIL : FAR_TAIL;
  const z = polynomial(over, r - start) / polynomial(under, r - start);
  return q < 0 ? -z : z;
}

/** The standard normal density, `φ(z) = e^(−z²/2) / √(2π)`. */
export function normalDensity(z: number): number {
  return exponential((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * `Φ(z) = P(Z ≤ z)` for the standard normal distribution: `Q(½, z²/2) / 2` for z < 0, with the incomplete gamma
 * function Q, so that small probabilities keep their digits.
 */
export function normalProbability(z: number): number {
  const tail = upperGamma(0.5, (z * z) / 2) / 2;
  return z < 0 ? tail : 1 - tail;
}

/** Coefficients from the constant term upward, by Horner's rule. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

const MIDDLE = {
  over: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
    45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  under: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597,
    39307.89580009271, 28729.085735721943, 5226.495278852854,
  ],
};

const TAIL = {
  start: 1.6,
  over: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
    1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  under: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
    0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
  ],
};

const FAR_TAIL = {
  start: 5,
  over: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
    0.026532189526576124, 0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  under: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
    1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};
