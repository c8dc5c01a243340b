import type { PublishedEpoch } from "../published.js";

/** What claims ask of an epoch; both published and measured epochs have it. */
export type CurveEpoch = PublishedEpoch;

/** Epochs up to this one are the descent; what stability is about comes after. */
export const settledAfter = 100;

/** The epoch with the highest accuracy, the first one in ties; undefined without an epoch. */
export function mostAccurate<Epoch extends CurveEpoch>(curve: readonly Epoch[]): Epoch | undefined {
  return first(curve, (a, b) => a.validationAccuracy > b.validationAccuracy);
}

/** The epoch with the lowest loss, the first one in ties; a diverged epoch is never lowest. */
export function lowestLoss<Epoch extends CurveEpoch>(curve: readonly Epoch[]): Epoch | undefined {
  const finite = curve.filter((epoch) => Number.isFinite(epoch.validationLoss));
  return first(finite, (a, b) => a.validationLoss < b.validationLoss);
}

/** The settled epoch with the lowest accuracy; undefined where there is none yet. */
export function worstSettled(curve: readonly CurveEpoch[]): CurveEpoch | undefined {
  return first(settled(curve), (a, b) => a.validationAccuracy < b.validationAccuracy);
}

/**
 * How restless a training is: the mean of `|loss(e) − loss(e − 1)|` over the epochs e whose both
 * ends are settled, nats. Infinite where a loss is no number; undefined with fewer than two epochs.
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

/** The first epoch that no other one beats. */
function first<Epoch extends CurveEpoch>(
  curve: readonly Epoch[],
  beats: (a: Epoch, b: Epoch) => boolean,
): Epoch | undefined {
  return curve.reduce<Epoch | undefined>(
    (winner, epoch) => (winner === undefined || beats(epoch, winner) ? epoch : winner),
    undefined,
  );
}
