import { wholePower } from "../numbers.js";
import { AdamScalar, RmsPropScalar, Scalar, SgdScalar } from "./control.js";
import type { ParameterGroup, UpdateRule } from "./update-rule.js";

/** What changes from step to step. */
export interface StepValues {
  /** Number of the step since the training began, from 1. */
  readonly number: number;
  readonly learningRate: number;
  /** In place of the optimizer's momentum, or of the first of its betas. */
  readonly momentum: number | undefined;
}

/**
 * Writes the scalars of a step and group: computed in float64, rounded to float32 once.
 *
 * @param row `Scalar.Words` values
 */
export function writeScalars(
  row: Float32Array,
  { optimizer, ema }: UpdateRule,
  group: ParameterGroup,
  step: StepValues,
): void {
  const rate = step.learningRate * group.rate;
  const decay = group.weightDecay ?? optimizer.weightDecay;
  row[Scalar.Rate] = rate;
  row[Scalar.Decay] = decay;
  // The first average is a copy.
  const kept = step.number === 1 ? 0 : (ema?.decay ?? 0);
  row[Scalar.AverageKept] = kept;
  row[Scalar.AverageAdded] = 1 - kept;
  const momentum = momentumOf(optimizer, step);
  switch (optimizer.kind) {
    case "sgd": {
      const { dampening, nesterov } = optimizer;
      // The first buffer is the gradient, without dampening.
      const isFirst = step.number === 1;
      row[SgdScalar.Kept] = isFirst ? 0 : momentum;
      row[SgdScalar.Added] = isFirst ? 1 : 1 - dampening;
      row[SgdScalar.Straight] = nesterov ? 1 : 0;
      row[SgdScalar.Buffered] = nesterov ? momentum : 1;
      break;
    }
    case "adam":
    case "adamw": {
      const { betas, eps } = optimizer;
      const isDecoupled = optimizer.kind === "adamw";
      row[Scalar.Rate] = rate / (1 - wholePower(momentum, step.number));
      row[Scalar.Decay] = isDecoupled ? 0 : decay;
      row[AdamScalar.Moved] = 1 - momentum;
      row[AdamScalar.Kept] = betas[1];
      row[AdamScalar.Added] = 1 - betas[1];
      row[AdamScalar.Correction] = Math.sqrt(1 - wholePower(betas[1], step.number));
      row[AdamScalar.Epsilon] = eps;
      row[AdamScalar.Shrunk] = isDecoupled ? 1 - rate * decay : 1;
      break;
    }
    case "rmsprop": {
      const { alpha, eps } = optimizer;
      row[RmsPropScalar.Kept] = alpha;
      row[RmsPropScalar.Added] = 1 - alpha;
      row[RmsPropScalar.Epsilon] = eps;
      row[RmsPropScalar.Momentum] = momentum;
      break;
    }
  }
}

function momentumOf(optimizer: UpdateRule["optimizer"], { momentum }: StepValues): number {
  if (momentum !== undefined) return momentum;
  return "betas" in optimizer ? optimizer.betas[0] : optimizer.momentum;
}
