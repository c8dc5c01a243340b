import type { EpochMetrics } from "./metrics.js";

/**
 * The epoch whose weights are kept: the one with the lowest validation loss, the first of equals. A loss
 * of NaN counts as infinite. Undefined where there are no epochs.
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
