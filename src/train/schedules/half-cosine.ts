/**
 * `cos(π x)` for x in 0..1, by multiplication and addition alone: the last digit of `Math.cos` differs between
 * platforms.
 */
export function halfCosine(x: number): number {
  if (x > 0.5) return -halfCosine(1 - x);
  return x <= 0.25 ? cosine(Math.PI * x) : sine(Math.PI * (0.5 - x));
}

/** 1 − x²/2! + x⁴/4! − …, for x in 0..π/4. */
function cosine(x: number): number {
  return series(x * x, 0);
}

/** x − x³/3! + x⁵/5! − …, for x in 0..π/4. */
function sine(x: number): number {
  return x * series(x * x, 1);
}

/** 1 − s/((o+1)(o+2)) · (1 − s/((o+3)(o+4)) · …), to the limit of float64. */
function series(square: number, offset: number): number {
  let sum = 1;
  for (let n = 20; n >= 2; n -= 2) sum = 1 - (square / ((n + offset) * (n + offset - 1))) * sum;
  return sum;
}
