import { halfCosine } from "./half-cosine.js";
import type { Moment, ScheduledStep } from "./schedule.js";

/**
 * One cycle over the whole training, step by step: the rate rises from `learningRate / divFactor` to the learning rate,
 * and falls to `learningRate / divFactor / finalDivFactor`; the momentum falls and rises.
 * `torch.optim.lr_scheduler.OneCycleLR`.
 */
export interface OneCycleSchedule {
  readonly kind: "oneCycle";
  /** Part of the steps in which the rate rises, 0..1. Default 0.3. */
  readonly pctStart?: number;
  /** Default `cos`. */
  readonly annealStrategy?: "cos" | "linear";
  /** Whether the momentum, or the first of the betas, moves too. Default: where the optimizer has one. */
  readonly cycleMomentum?: boolean;
  /** Momentum at the highest rate. Default 0.85. */
  readonly baseMomentum?: number;
  /** Momentum at the lowest rates. Default 0.95. */
  readonly maxMomentum?: number;
  /** 1 or more. Default 25. */
  readonly divFactor?: number;
  /** Above 0. Default 10,000. */
  readonly finalDivFactor?: number;
  /** Whether the rate falls as it rose, and then to its end. Default false. */
  readonly threePhase?: boolean;
}

/** A stretch of the cycle, and the values at its ends. */
interface Phase {
  /** The last step of it. */
  readonly end: number;
  readonly rates: readonly [number, number];
  readonly momenta: readonly [number, number];
}

export function oneCycleStep(
  options: Required<OneCycleSchedule>,
  rate: number,
  { step, steps }: Moment,
): ScheduledStep {
  const phases = phasesOf(options, rate, steps);
  const index = phases.findIndex(({ end }, at) => step <= end || at === phases.length - 1);
  const { end, rates, momenta } = phases[index]!;
  const start = index === 0 ? 0 : phases[index - 1]!.end;
  const part = end > start ? (step - start) / (end - start) : 1;
  const between = options.annealStrategy === "cos" ? cosineBetween : linearBetween;
  return {
    learningRate: between(rates, part),
    ...(options.cycleMomentum && { momentum: between(momenta, part) }),
  };
}

function phasesOf(options: Required<OneCycleSchedule>, rate: number, steps: number): Phase[] {
  const { pctStart, baseMomentum: base, maxMomentum: most } = options;
  const first = rate / options.divFactor;
  const last = first / options.finalDivFactor;
  const rise: Phase = { end: pctStart * steps - 1, rates: [first, rate], momenta: [most, base] };
  if (!options.threePhase) {
    return [rise, { end: steps - 1, rates: [rate, last], momenta: [base, most] }];
  }
  return [
    rise,
    { end: 2 * pctStart * steps - 2, rates: [rate, first], momenta: [base, most] },
    { end: steps - 1, rates: [first, last], momenta: [most, most] },
  ];
}

function cosineBetween([from, to]: readonly [number, number], part: number): number {
  return to + ((from - to) / 2) * (1 + halfCosine(part));
}

function linearBetween([from, to]: readonly [number, number], part: number): number {
  return (to - from) * part + from;
}
