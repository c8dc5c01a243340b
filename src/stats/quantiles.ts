/**
 * The quantile `part` (0..1) of one or more values in ascending order. Of n values it is the one at
 * position `part · (n − 1)`, counted from 0, interpolated linearly between neighbours. NumPy's and R's
 * default.
 *
 * R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American Statistician 50, 1996,
 * definition 7.
 */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const at = part * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  if (below === at) return low;
  const high = sorted[below + 1]!;
  return low + (high - low) * (at - below);
}

/** The median of one or more values in any order: the middle one, or the mean of the two in the middle. */
export function median(values: ArrayLike<number>): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}
