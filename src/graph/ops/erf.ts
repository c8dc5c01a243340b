/**
 * The error function, `erf(x) = 2/√π · ∫₀ˣ e^(−t²) dt`, to about 1e-13.
 *
 * Below 3 its Taylor series, above it the continued fraction of erfc (Abramowitz and Stegun, "Handbook of Mathematical
 * Functions", 7.1.5 and 7.1.14).
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  return Math.sign(x) * (size < 3 ? series(size) : 1 - complement(size));
}

/** 2/√π · Σ (−1)ⁿ x^(2n+1) / (n! (2n+1)) */
function series(x: number): number {
  let power = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    power *= -(x * x) / n;
    sum += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** erfc(x) = e^(−x²) / √π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))) */
function complement(x: number): number {
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}
