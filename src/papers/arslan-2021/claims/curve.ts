import type { PublishedEpoch } from "../published.js";

/** The facts of an epoch that claims need; published and measured epochs both have them. */
export type CurveEpoch = PublishedEpoch;

/** Up to this epoch the loss still falls. Later epochs are called settled; stability is measured on them. */
export const settledAfter = 100;

/** The epoch with the highest accuracy, the first of equals; undefined where there are no epochs. */
export function mostAccurate<Epoch extends CurveEpoch>(curve: readonly Epoch[]): Epoch | undefined {
  return first(curve, (a, b) => a.validationAccuracy > b.validationAccuracy);
}

/** The epoch with the lowest loss, the first of equals; an epoch with a loss of NaN is never chosen. */
export function lowestLoss<Epoch extends CurveEpoch>(curve: readonly Epoch[]): Epoch | undefined {
  const finite = curve.filter((epoch) => Number.isFinite(epoch.validationLoss));
  return first(finite, (a, b) => a.validationLoss < b.validationLoss);
}

/** The settled epoch with the lowest accuracy; undefined where there is no settled epoch. */
export function worstSettled(curve: readonly CurveEpoch[]): CurveEpoch | undefined {
  return first(settled(curve), (a, b) => a.validationAccuracy < b.validationAccuracy);
}

/**
 * Roughness, a measure of how much a training fluctuates: the mean of `|loss(e) − loss(e − 1)|`, nats, over
 * all e for which e and e − 1 are settled epochs. Infinite where a loss is NaN or infinite; undefined for
 * fewer than two settled epochs.
 */
export function roughness(curve: readonly CurveEpoch[]): number | undefined {
  const losses = settled(curve).map((epoch) => epoch.validationLoss);
  if (losses.length < 2) return undefined;
  let sum = 0;
  for (let i = 1; i < losses.length; i++) sum += Math.abs(losses[i]! - losses[i - 1]!);
  const mean = sum / (losses.length - 1);
  return Number.isFinite(mean) ? mean : Number.POSITIVE_INFINITY;
}

function settled(curve: readonly CurveEpoch[]): CurveEpoch[] {
  return curve.filter((epoch) => epoch.epoch > settledAfter);
}

/** The best epoch, the first of equals. */
function first<Epoch extends CurveEpoch>(
  curve: readonly Epoch[],
  beats: (a: Epoch, b: Epoch) => boolean,
): Epoch | undefined {
  return curve.reduce<Epoch | undefined>(
    (best, epoch) => (best === undefined || beats(epoch, best) ? epoch : best),
    undefined,
  );
}
