import { bootstrapInterval } from "./bootstrap.js";
import { checkValues } from "./check-values.js";
import { mean, sampleDeviation } from "./deviation.js";
import { interquartileMean } from "./interquartile-mean.js";
import type { Interval } from "./intervals.js";
import { median } from "./quantiles.js";
import { meanTest } from "./t-test.js";

/** The values of a model's runs, one a seed, in figures. */
export interface SeedSummary {
  readonly values: readonly number[];
  readonly mean: number;
  readonly median: number;
  readonly interquartileMean: number;
  /** Sample deviation; undefined for one seed. */
  readonly deviation: number | undefined;
  readonly worst: number;
  /** 95 % interval of the mean, Student's t; undefined for one seed. */
  readonly interval: Interval | undefined;
  /** 95 % interval of the mean, BCa bootstrap; undefined for one seed. */
  readonly bootstrap: Interval | undefined;
}

/**
 * All values of a model with mean, median, interquartile mean, deviation, the worst, and both intervals of the mean.
 *
 * @param seed of the bootstrap, default 0
 * @throws InputError without values, or where one is not finite
 * @example
 * const { mean, median, deviation } = summarizeSeeds([97.1, 97.4, 96.9, 97.2, 97.3]);
 */
export function summarizeSeeds(values: readonly number[], seed = 0): SeedSummary {
  checkValues("summarizeSeeds", values, 1);
  const several = values.length > 1;
  return {
    values: [...values],
    mean: mean(values),
    median: median(values),
    interquartileMean: interquartileMean(values),
    deviation: several ? sampleDeviation(values) : undefined,
    worst: values.reduce((worst, value) => Math.min(worst, value)),
    interval: several ? meanTest(values).interval : undefined,
    bootstrap: several ? bootstrapInterval(values, mean, { seed }) : undefined,
  };
}
