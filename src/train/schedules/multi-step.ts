import { wholePower } from "../../numbers.js";
import { epochOf, type Moment, type ScheduledStep } from "./schedule.js";

/** Multiplies the learning rate by `gamma` after each of these epochs; `torch.optim.lr_scheduler.MultiStepLR`. */
export interface MultiStepSchedule {
  readonly kind: "multiStep";
  /** Numbers of epochs after which the rate changes, 1 or more, ascending. */
  readonly milestones: readonly number[];
  /** Above 0. Default 0.1. */
  readonly gamma?: number;
}

/** rate · gamma^(number of milestones that are over) */
export function multiStepStep(
  { milestones, gamma }: Required<MultiStepSchedule>,
  rate: number,
  moment: Moment,
): ScheduledStep {
  const epoch = epochOf(moment);
  const over = milestones.filter((milestone) => milestone <= epoch).length;
  return { learningRate: rate * wholePower(gamma, over) };
}
