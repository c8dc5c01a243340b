/**
 * A learning rate that rises in a straight line before a schedule begins; `torch.optim.lr_scheduler.LinearLR`, and the
 * schedule after it in a `SequentialLR`.
 */
export interface WarmUp {
  /** How long it takes, above 0; also parts of an epoch. Rounded to whole steps. */
  readonly epochs: number;
  /** Part of the schedule's first rate that it begins with, 0..1. Default 1/3. */
  readonly startFactor?: number;
}

/** Number of steps of a warm-up. */
export function warmUpSteps(warmup: WarmUp | undefined, stepsPerEpoch: number): number {
  return warmup === undefined ? 0 : Math.round(warmup.epochs * stepsPerEpoch);
}

/** start + (1 − start) · step / steps */
export function warmUpFactor({ startFactor }: Required<WarmUp>, step: number, steps: number) {
  return startFactor + ((1 - startFactor) * step) / steps;
}
