import { checkSeed, checkWhole } from "../arguments.js";
import { STREAM_BOOTSTRAP } from "../graph/philox.js";
import { checkBetween, checkValues } from "./check-values.js";
import { mean } from "./deviation.js";
import type { Interval } from "./intervals.js";
import { normalProbability, normalQuantile } from "./normal.js";
import { quantile } from "./quantiles.js";
import { drawPositions } from "./resampling.js";

/** Options of the bootstraps. */
export interface BootstrapOptions {
  /** 0..1, default 0.95. */
  readonly confidence?: number;
  /** Default 9,999. */
  readonly resamples?: number;
  /** Of the random draws, default 0. */
  readonly seed?: number;
}

/**
 * The BCa bootstrap interval of a statistic of n values: bias-corrected and accelerated. The statistic is computed of
 * many lists of n values, drawn from the values with replacement. The interval's ends are quantiles of the results, at
 * parts that correct for bias and for a deviation that changes with the value (`bcaInterval`).
 *
 * It needs no normal distribution, but many values: with fewer than about 10 seeds it is too narrow, and the t interval
 * is the better one. The same seed gives the same bits everywhere.
 *
 * B. Efron, Better bootstrap confidence intervals, JASA 82, 1987. As SciPy's `bootstrap(method="BCa")`.
 *
 * @param statistic default the mean
 * @throws InputError for fewer than 2 values, or where one is not finite
 * @example
 * const { low, high } = bootstrapInterval([97.1, 97.4, 96.9, 97.2, 97.3, 97.0, 97.5, 97.2, 97.1, 97.4]);
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  statistic: (values: Float64Array) => number = mean,
  { confidence = 0.95, resamples = 9_999, seed = 0 }: BootstrapOptions = {},
): Interval {
  checkValues("bootstrapInterval", values, 2);
  checkBetween("bootstrapInterval", "confidence", confidence, 0, 1);
  checkWhole("bootstrapInterval", "resamples", resamples, 1);
  checkSeed("bootstrapInterval", "seed", seed);
  const all = Float64Array.from(values);
  const results = new Float64Array(resamples);
  const chosen = new Uint32Array(all.length);
  const resample = new Float64Array(all.length);
  for (let step = 0; step < resamples; step++) {
    drawPositions(chosen, all.length, { seed, stream: STREAM_BOOTSTRAP, step });
    for (let at = 0; at < all.length; at++) resample[at] = all[chosen[at]!]!;
    results[step] = statistic(resample);
  }
  const without = Array.from(all, (_, out) => statistic(all.filter((_, at) => at !== out)));
  return bcaInterval(results, statistic(all), without, confidence);
}

/**
 * The interval from a statistic's bootstrap results: their quantiles at `Φ(z₀ + (z₀ ± z) / (1 − a (z₀ ± z)))` with
 * `z = Φ⁻¹((1 + confidence) / 2)`.
 * - `z₀ = Φ⁻¹(share of results below the estimate)`, an equal one counting ½: the bias correction;
 * - `a = Σ dᵢ³ / (6 (Σ dᵢ²)^(3/2))`, the acceleration, where dᵢ is the mean of `without` minus its i-th value.
 *
 * Where all results are equal, so are the ends.
 *
 * @param estimate the statistic of all values
 * @param without the statistic of all values but the i-th
 */
export function bcaInterval(
  results: Float64Array,
  estimate: number,
  without: readonly number[],
  confidence: number,
): Interval {
  const sorted = results.toSorted();
  let below = 0;
  for (const result of sorted) below += result < estimate ? 1 : result === estimate ? 0.5 : 0;
  // All results on one side: the correction would be without limit.
  const least = 0.5 / sorted.length;
  const bias = normalQuantile(Math.min(1 - least, Math.max(least, below / sorted.length)));
  const a = acceleration(without);
  const end = (z: number) => {
    const part = normalProbability(bias + (bias + z) / (1 - a * (bias + z)));
    return quantile(sorted, part);
  };
  const z = normalQuantile((1 + confidence) / 2);
  return { low: end(-z), high: end(z) };
}

function acceleration(without: readonly number[]): number {
  const middle = mean(without);
  let squares = 0;
  let cubes = 0;
  for (const each of without) {
    squares += (middle - each) ** 2;
    cubes += (middle - each) * (middle - each) * (middle - each);
  }
  return squares === 0 ? 0 : cubes / (6 * squares * Math.sqrt(squares));
}
