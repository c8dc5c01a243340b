/** The arithmetic mean, `Σ x / n`; NaN for an empty list. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return sum / values.length;
}

/**
 * Standard deviation, estimated from a sample: `√(Σ (x − mean)² / (n − 1))`, with Bessel's correction.
 * NaN for fewer than two values; exactly 0 where all are equal, though their mean may be rounded.
 */
export function sampleDeviation(values: ArrayLike<number>): number {
  const middle = mean(values);
  let squares = 0;
  let equal = values.length > 1;
  for (let at = 0; at < values.length; at++) {
    squares += (values[at]! - middle) ** 2;
    equal &&= values[at] === values[0];
  }
  if (equal) return 0;
  return Math.sqrt(squares / (values.length - 1));
}

/** Standard deviation of the fraction of successes in n = `total` independent trials: `√(p(1 − p)/n)`. */
export function binomialDeviation(p: number, total: number): number {
  return Math.sqrt((p * (1 - p)) / total);
}
