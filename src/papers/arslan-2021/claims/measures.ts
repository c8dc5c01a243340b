import { wilsonInterval } from "../../../stats/intervals.js";
import type { CheckpointEvaluation } from "../checkpoints.js";
import { publishedTotal } from "../published.js";
import type { Measure } from "./claim.js";
import { type CurveEpoch, mostAccurate, roughness, worstSettled } from "./curve.js";
import { imagesOf } from "./noise.js";

/** The best accuracy of a curve; empty where it has no epochs. */
export function bestMeasure(network: string, curve: readonly CurveEpoch[]): Measure[] {
  const best = mostAccurate(curve);
  if (!best) return [];
  return [accuracyMeasure(network, `best of ${curve.length} epochs`, best)];
}

/** The accuracy after an epoch, with its interval. */
export function accuracyMeasure(network: string, what: string, epoch: CurveEpoch): Measure {
  const { validationAccuracy: value } = epoch;
  const interval = wilsonInterval(imagesOf(value), publishedTotal);
  return { network, what, value, unit: "share", epoch: epoch.epoch, interval };
}

/** Roughness and the worst settled epoch of a curve; empty where it has no settled epochs. */
export function stabilityMeasures(network: string, curve: readonly CurveEpoch[]): Measure[] {
  const rough = roughness(curve);
  const worst = worstSettled(curve);
  if (rough === undefined || worst === undefined) return [];
  return [
    { network, what: "roughness", value: rough, unit: "nats" },
    {
      network,
      what: "worst epoch after 100",
      value: worst.validationAccuracy,
      unit: "share",
      epoch: worst.epoch,
    },
  ];
}

/** The accuracy of an evaluated checkpoint, with its interval and loss. */
export function evaluationMeasure(
  network: string,
  what: string,
  { correct, total, loss }: CheckpointEvaluation,
): Measure {
  const interval = wilsonInterval(correct, total);
  return { network, what, value: correct / total, unit: "share", loss, interval };
}
