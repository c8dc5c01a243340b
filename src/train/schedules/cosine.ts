import { halfCosine } from "./half-cosine.js";
import type { Moment, ScheduledStep } from "./schedule.js";

/**
 * Half a cosine from the learning rate down to `minRate` over the whole training, step by step;
 * `torch.optim.lr_scheduler.CosineAnnealingLR` with T_max steps.
 */
export interface CosineSchedule {
  readonly kind: "cosine";
  /** 0 or more. Default 0. */
  readonly minRate?: number;
}

/** min + (rate − min) · (1 + cos(π · step / steps)) / 2 */
export function cosineStep(
  { minRate }: Required<CosineSchedule>,
  rate: number,
  { step, steps }: Moment,
): ScheduledStep {
  return { learningRate: minRate + ((rate - minRate) * (1 + halfCosine(step / steps))) / 2 };
}
