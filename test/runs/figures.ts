import type { EpochMetrics } from "../../src/index.js";

/** What a run repeats to the last digit; the time that it takes is not among it. */
export function figures(metrics: readonly EpochMetrics[]): Partial<EpochMetrics>[] {
  return metrics.map(({ seconds, imagesPerSecond, ...rest }) => rest);
}
