import type { ScheduledStep } from "./schedule.js";

/** The same learning rate throughout. */
export interface ConstantSchedule {
  readonly kind: "constant";
}

export function constantStep(learningRate: number): ScheduledStep {
  return { learningRate };
}
