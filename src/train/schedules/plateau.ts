/**
 * Multiplies the learning rate by `factor` when the validation loss has not fallen for more than `patience` epochs;
 * `torch.optim.lr_scheduler.ReduceLROnPlateau`.
 */
export interface PlateauSchedule {
  readonly kind: "plateau";
  /** Above 0 and below 1. Default 0.1. */
  readonly factor?: number;
  /** Epochs without a better loss that are let pass. Default 10. */
  readonly patience?: number;
  /** A loss is better below `best · (1 − threshold)`, or below `best − threshold` with `abs`. Default 1e-4. */
  readonly threshold?: number;
  /** Default `rel`. */
  readonly thresholdMode?: "rel" | "abs";
  /** Epochs after a reduction in which none counts as without a better loss. Default 0. */
  readonly cooldown?: number;
  /** 0 or more. Default 0. */
  readonly minRate?: number;
  /** The rate stays where a reduction would be no larger than this. Default 1e-8. */
  readonly eps?: number;
}

/** What the schedule remembers from epoch to epoch. */
export interface PlateauState {
  readonly learningRate: number;
  /** The lowest loss so far; null before the first epoch. */
  readonly best: number | null;
  readonly badEpochs: number;
  readonly coolingEpochs: number;
}

export function plateauStart(learningRate: number): PlateauState {
  return { learningRate, best: null, badEpochs: 0, coolingEpochs: 0 };
}

/** The state after an epoch with this validation loss. */
export function plateauAfter(
  options: Required<PlateauSchedule>,
  state: PlateauState,
  loss: number,
): PlateauState {
  const isBetter = loss < limitOf(options, state.best);
  const isCooling = state.coolingEpochs > 0;
  const coolingEpochs = isCooling ? state.coolingEpochs - 1 : 0;
  const badEpochs = isBetter || isCooling ? 0 : state.badEpochs + 1;
  const best = isBetter ? loss : state.best;
  if (badEpochs <= options.patience) return { ...state, best, badEpochs, coolingEpochs };
  const reduced = Math.max(state.learningRate * options.factor, options.minRate);
  const isReduced = state.learningRate - reduced > options.eps;
  const learningRate = isReduced ? reduced : state.learningRate;
  return { learningRate, best, badEpochs: 0, coolingEpochs: options.cooldown };
}

function limitOf({ threshold, thresholdMode }: Required<PlateauSchedule>, best: number | null) {
  if (best === null) return Number.POSITIVE_INFINITY;
  return thresholdMode === "rel" ? best * (1 - threshold) : best - threshold;
}
