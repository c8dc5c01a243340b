/** Quantiles of the standard normal distribution: Φ(z) = 0.975 and 0.8. */
const Z_97_5 = 1.959963984540054;
const Z_80 = 0.8416212335729143;

/** Standard deviation of a proportion of `total` independent trials, √(p(1 − p)/n). */
export function binomialDeviation(p: number, total: number): number {
  return Math.sqrt((p * (1 - p)) / total);
}

/** Standard deviation of a sample, with n − 1. */
export function sampleDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * Seeds per model with which a two-sample t-test (5 %, two-sided) finds a difference with a
 * probability of 80 %.
 *
 * `n = 2 (z(0.975) + z(0.8))² (deviation / difference)² + z(0.975)² / 4`, rounded up, at least 2.
 * Source: Guenther, "Sample size formulas for normal theory t tests", The American Statistician 35
 * (1981); the last term is the price of a deviation that is estimated too.
 */
export function seedsNeeded(deviation: number, difference: number): number {
  const normal = 2 * ((Z_97_5 + Z_80) * (deviation / difference)) ** 2;
  return Math.max(2, Math.ceil(normal + Z_97_5 ** 2 / 4));
}

/**
 * The smallest difference between two models that `seeds` runs of each show with a probability of
 * 80 %, the deviation taken as known: `(z(0.975) + z(0.8)) · deviation · √(2 / seeds)`.
 */
export function smallestDifference(deviation: number, seeds: number): number {
  return (Z_97_5 + Z_80) * deviation * Math.sqrt(2 / seeds);
}

/** The quantile `part` of sorted values, interpolated linearly between neighbours. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const at = part * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (at - below);
}
