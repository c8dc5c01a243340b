import { constantStep } from "./constant.js";
import { cosineStep } from "./cosine.js";
import { multiStepStep } from "./multi-step.js";
import { oneCycleStep } from "./one-cycle.js";
import { type PlateauState, plateauAfter } from "./plateau.js";
import type { Schedule } from "./rules.js";
import type { Moment, ScheduledStep } from "./schedule.js";
import { stepStep } from "./step.js";
import { warmUpFactor, warmUpSteps } from "./warm-up.js";

/**
 * Learning rate and momentum of a step.
 *
 * @param rate the recipe's learning rate; for a plateau, that of its state
 */
export function scheduledStep(schedule: Schedule, rate: number, moment: Moment): ScheduledStep {
  const { warmup } = schedule;
  const warm = warmUpSteps(warmup, moment.stepsPerEpoch);
  const step = Math.max(0, moment.step - warm);
  const steps = Math.max(1, moment.steps - warm);
  const own = ownStep(schedule, rate, { ...moment, step, steps });
  if (warmup === undefined || moment.step >= warm) return own;
  return { ...own, learningRate: own.learningRate * warmUpFactor(warmup, moment.step, warm) };
}

function ownStep(schedule: Schedule, rate: number, moment: Moment): ScheduledStep {
  switch (schedule.kind) {
    case "constant":
    case "plateau":
      return constantStep(rate);
    case "step":
      return stepStep(schedule, rate, moment);
    case "multiStep":
      return multiStepStep(schedule, rate, moment);
    case "cosine":
      return cosineStep(schedule, rate, moment);
    case "oneCycle":
      return oneCycleStep(schedule, rate, moment);
  }
}

/** Whether the steps depend on the length of the training, so that it cannot go on for longer. */
export function dependsOnLength({ kind }: Schedule): boolean {
  return kind === "cosine" || kind === "oneCycle";
}

/** The state of a plateau after an epoch, which does not count while the rate warms up; undefined for other schedules. */
export function stateAfter(
  schedule: Schedule,
  state: PlateauState | undefined,
  epoch: { readonly validationLoss: number; readonly epoch: number },
): PlateauState | undefined {
  if (schedule.kind !== "plateau" || state === undefined) return undefined;
  if (epoch.epoch <= (schedule.warmup?.epochs ?? 0)) return state;
  return plateauAfter(schedule, state, epoch.validationLoss);
}
