import type { TrainProgress } from "../../train/metrics.js";

/**
 * Part of an epoch's time that goes into training: 60,000 images forward and backward, against
 * 10,000 forward, a third of the work each.
 */
const trainingShare = 0.95;

/** Part of all epochs that is done, 0..1. */
export function partDone({ phase, epoch, epochs, done, total }: TrainProgress): number {
  const phaseDone = total > 0 ? done / total : 1;
  const epochDone =
    phase === "train" ? phaseDone * trainingShare : trainingShare + phaseDone * (1 - trainingShare);
  return (epoch - 1 + epochDone) / epochs;
}

/**
 * Seconds that are left, when `seconds` brought the work from one part done to another; undefined
 * before there is something to go by.
 */
export function secondsLeft(seconds: number, from: number, to: number): number | undefined {
  return to > from ? (seconds / (to - from)) * (1 - to) : undefined;
}
