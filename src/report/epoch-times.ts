import type { Run } from "../runs/run-folder.node.js";
import { median } from "../stats/quantiles.js";
import type { EpochMetrics } from "../train/metrics.js";

/** Seconds an epoch at both ends of a training, medians. */
export interface EpochTimes {
  readonly first: number;
  readonly last: number;
}

/**
 * Median seconds of the first and of the last tenth of epochs: time per step that grows over a
 * training shows in their ratio. Undefined below 10 epochs.
 */
export function epochTimes(metrics: readonly EpochMetrics[]): EpochTimes | undefined {
  const tenth = Math.floor(metrics.length / 10);
  if (tenth === 0) return undefined;
  const seconds = metrics.map((epoch) => epoch.seconds);
  return { first: median(seconds.slice(0, tenth)), last: median(seconds.slice(-tenth)) };
}

/** Seconds of the median epoch: what stops and other work on the machine add to some does not show. */
export function medianEpochSeconds(metrics: readonly EpochMetrics[]): number {
  return median(metrics.map(({ seconds }) => seconds));
}

/** A line for people; none where no run is long enough. */
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
    `Seconds an epoch, median of the first and of the last 10 % of epochs: ${parts.join("; ")}.`,
  ];
}
