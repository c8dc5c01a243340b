import { wholePower } from "../../numbers.js";
import { epochOf, type Moment, type ScheduledStep } from "./schedule.js";

/** Multiplies the learning rate by `gamma` every `stepSize` epochs; `torch.optim.lr_scheduler.StepLR`. */
export interface StepSchedule {
  readonly kind: "step";
  /** Epochs, 1 or more. */
  readonly stepSize: number;
  /** Above 0. Default 0.1. */
  readonly gamma?: number;
}

/** rate · gamma^⌊epoch / stepSize⌋ */
export function stepStep(
  { stepSize, gamma }: Required<StepSchedule>,
  rate: number,
  moment: Moment,
): ScheduledStep {
  return { learningRate: rate * wholePower(gamma, Math.floor(epochOf(moment) / stepSize)) };
}
