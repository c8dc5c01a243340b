/** Nodes and weights of a sum that stands for an integral. */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * The n-point rule of Gauss and Legendre on 0..1: `∫ f ≈ Σ weight · f(node)`, exact for polynomials up to degree
 * 2n − 1. Nodes are the zeros of Legendre's polynomial, found by Newton's method from equally spaced angles.
 *
 * NIST Digital Library of Mathematical Functions, 3.5(v).
 */
export function gaussLegendre(n: number): Quadrature {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let at = 0; at < n; at++) {
    // Close enough to cos(π (at + ¾) / (n + ½)) for Newton's method; without a cosine, whose last digit may differ.
    let x = roughCosine((at + 0.75) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 12; step++) {
      let before = 1;
      let value = x;
      for (let k = 2; k <= n; k++) {
        [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      }
      slope = (n * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    nodes[at] = (1 - x) / 2;
    weights[at] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

/** cos(π part) for part in 0..1, to about 10⁻⁸: its Taylor series around ½. */
function roughCosine(part: number): number {
  const angle = Math.PI * (0.5 - part);
  let term = angle;
  let sum = 0;
  for (let k = 1; k <= 15; k += 2) {
    sum += term;
    term *= (-angle * angle) / ((k + 1) * (k + 2));
  }
  return sum;
}
