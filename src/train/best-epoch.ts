import type { EpochMetrics } from "./metrics.js";

/**
 * The epoch whose weights are kept: the lowest validation loss, the first one in ties. A loss that
 * is not a number counts as infinite. Undefined where there is no epoch.
 */
export function bestEpoch(metrics: readonly EpochMetrics[]): EpochMetrics | undefined {
  return metrics.reduce<EpochMetrics | undefined>(
    (best, epoch) => (best === undefined || loss(epoch) < loss(best) ? epoch : best),
    undefined,
  );
}

function loss({ validationLoss }: EpochMetrics): number {
  return Number.isNaN(validationLoss) ? Number.POSITIVE_INFINITY : validationLoss;
}
