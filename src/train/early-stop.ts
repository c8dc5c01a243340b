import { counted, percent } from "../numbers.js";
import type { EpochMetrics } from "./metrics.js";

/**
 * Whether a training ends after these epochs: none of the last `patience` has a higher validation accuracy than all
 * before it.
 */
export function endsEarly(metrics: readonly EpochMetrics[], patience: number | undefined): boolean {
  return patience !== undefined && metrics.length - highest(metrics) > patience;
}

/** A sentence on a training that ended early. */
export function earlyStopText(metrics: readonly EpochMetrics[], patience: number): string {
  const best = metrics[highest(metrics)]!;
  const accuracy = `${percent(best.validationAccuracy)} % after epoch ${best.epoch}`;
  return `stopped early after epoch ${metrics.length}: no better than ${accuracy} in ${counted(patience, "epoch")}`;
}

/** Index of the first epoch with the highest validation accuracy. */
function highest(metrics: readonly EpochMetrics[]): number {
  let found = 0;
  metrics.forEach(({ validationAccuracy }, index) => {
    if (validationAccuracy > metrics[found]!.validationAccuracy) found = index;
  });
  return found;
}
