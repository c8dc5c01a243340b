/** Where a step is in a training. */
export interface Moment {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Number of steps of the whole training. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
}

/** What a schedule sets for a step. */
export interface ScheduledStep {
  readonly learningRate: number;
  /** Momentum, or the first of Adam's betas; the optimizer's where undefined. */
  readonly momentum?: number;
}

/** Number of the epoch that a step is in, from 0. */
export function epochOf({ step, stepsPerEpoch }: Moment): number {
  return Math.floor(step / stepsPerEpoch);
}
