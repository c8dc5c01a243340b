import type { Run } from "../runs/run-folder.node.js";
import { median } from "../stats/quantiles.js";
import type { EpochMetrics } from "../train/metrics.js";

/** Median seconds per epoch at the start and at the end of a training. */
export interface EpochTimes {
  readonly first: number;
  readonly last: number;
}

/**
 * Median seconds of the first and of the last tenth of epochs. Their ratio shows whether steps get slower
 * during a training. Undefined for fewer than 10 epochs.
 */
export function epochTimes(metrics: readonly EpochMetrics[]): EpochTimes | undefined {
  const tenth = Math.floor(metrics.length / 10);
  if (tenth === 0) return undefined;
  const seconds = metrics.map((epoch) => epoch.seconds);
  return { first: median(seconds.slice(0, tenth)), last: median(seconds.slice(-tenth)) };
}

/** Median seconds per epoch, so that a few epochs slowed by stops or other programs do not count. */
export function medianEpochSeconds(metrics: readonly EpochMetrics[]): number {
  return median(metrics.map(({ seconds }) => seconds));
}

/** A sentence with the times of each run; none where no run is long enough. */
export function epochTimeNotes(runs: readonly Run[]): string[] {
  const parts = runs.flatMap(({ record, metrics }) => {
    const times = epochTimes(metrics);
    if (times === undefined) return [];
    const seeded = runs.filter(({ record: { model } }) => model === record.model).length > 1;
    const name = seeded ? `${record.model}, seed ${record.spec.seed}` : record.model;
    return [`${name} ${times.first.toFixed(2)} and ${times.last.toFixed(2)}`];
  });
  if (parts.length === 0) return [];
  return [
    `Seconds per epoch, median of the first and of the last 10 % of epochs: ${parts.join("; ")}.`,
  ];
}
