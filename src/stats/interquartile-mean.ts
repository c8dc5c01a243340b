import { checkValues } from "./check-values.js";
import { mean } from "./deviation.js";

/**
 * The interquartile mean: the mean of the middle half. Of n values in ascending order, `⌊n / 4⌋` are left out at each
 * end. A few collapsed seeds do not move it, and it uses more of the values than the median.
 *
 * R. Agarwal et al., Deep reinforcement learning at the edge of the statistical precipice, NeurIPS 2021; as their
 * `rliable` and SciPy's `trim_mean(values, 0.25)`.
 *
 * @throws InputError without values, or where one is not finite
 */
export function interquartileMean(values: ArrayLike<number>): number {
  checkValues("interquartileMean", values, 1);
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(sorted.length / 4);
  return mean(sorted.subarray(cut, sorted.length - cut));
}
