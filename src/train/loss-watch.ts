import type { Dataset } from "../data/dataset.js";
import type { Loss } from "../graph/with-loss.js";

/** A loss that says that the learning rate is too low or too high. */
export interface LossWarning {
  /** `notFinite`; `rising`: it rose to that of guessing or above; `flat`: it never left that of guessing. */
  readonly kind: "notFinite" | "rising" | "flat";
  /** Steps of the training until then, from 1. */
  readonly step: number;
  /** Mean loss of the last steps; of one step where it is not finite. */
  readonly loss: number;
  /** Of that step. */
  readonly learningRate: number;
  /** What to try. */
  readonly advice: "lower" | "higher";
}

/** Steps whose mean loss is compared; the noise of single batches is averaged out. */
const window = 100;
/** Steps after which a loss that is still that of guessing is told. */
const flatSteps = 500;
/** A loss above this part of guessing's has learned nothing. */
const learned = 0.98;
/** A loss that was below this part of guessing's had learned something. */
const wasGood = 0.7;
/** A loss above this many times guessing's is worse than none at all. */
const bad = 1.5;

/**
 * Watches the loss of the steps, and tells once that the learning rate seems wrong:
 *
 * - a loss is not finite: lower;
 * - the mean of 100 steps rises above 1.5 times the loss of guessing and above the first such mean, or returns to that of
 *   guessing after it was below 0.7 times that: lower;
 * - after 500 steps no such mean was below 0.98 times the loss of guessing: lower where the loss of a step was ever above
 *   1.5 times that, else higher.
 *
 * The loss of guessing is that of the best constant answer. Where it is unknown, only the first rule applies.
 */
export class LossWatch {
  #step: number;
  #sum = 0;
  #count = 0;
  #first: number | undefined;
  #lowest = Number.POSITIVE_INFINITY;
  #highestStep = 0;
  #told: LossWarning | undefined;

  /**
   * @param guessing the loss of guessing, nats; undefined where it is unknown
   * @param step steps that ran before
   */
  constructor(
    private readonly guessing: number | undefined,
    step = 0,
  ) {
    this.#step = step;
  }

  /** What was told. */
  get warning(): LossWarning | undefined {
    return this.#told;
  }

  /**
   * Takes the mean loss of a step's images.
   *
   * @returns the warning, the first time that there is one
   */
  add(loss: number, learningRate: number): LossWarning | undefined {
    this.#step++;
    if (this.#told !== undefined) return undefined;
    if (!Number.isFinite(loss)) return this.#tell("notFinite", loss, learningRate, "lower");
    this.#highestStep = Math.max(this.#highestStep, loss);
    this.#sum += loss;
    this.#count++;
    if (this.#count % window !== 0) return undefined;
    const mean = this.#sum / window;
    this.#sum = 0;
    return this.#judge(mean, learningRate);
  }

  #judge(mean: number, learningRate: number): LossWarning | undefined {
    const { guessing } = this;
    // Where all images are of one class, guessing is always right.
    if (guessing === undefined || guessing === 0) return undefined;
    this.#first ??= mean;
    const diverges = mean > bad * guessing && mean > this.#first;
    const falls = this.#lowest < wasGood * guessing && mean > learned * guessing;
    if (diverges || falls) return this.#tell("rising", mean, learningRate, "lower");
    this.#lowest = Math.min(this.#lowest, mean);
    if (this.#count < flatSteps || this.#lowest < learned * guessing) return undefined;
    const advice = this.#highestStep > bad * guessing ? "lower" : "higher";
    return this.#tell("flat", mean, learningRate, advice);
  }

  #tell(
    kind: LossWarning["kind"],
    loss: number,
    learningRate: number,
    advice: LossWarning["advice"],
  ): LossWarning {
    this.#told = { kind, step: this.#step, loss, learningRate, advice };
    return this.#told;
  }
}

/**
 * The loss of the best constant answer, nats: the entropy of the training images' classes. Undefined for losses other
 * than the plain cross-entropy.
 */
export function guessingLoss({ train, classes }: Dataset, loss: Loss): number | undefined {
  if (loss.kind !== "crossEntropy" || loss.labelSmoothing > 0) return undefined;
  if (loss.classWeights !== undefined && loss.classWeights.length > 0) return undefined;
  const counts = new Float64Array(classes);
  for (const label of train.labels) counts[label]!++;
  return counts.reduce((sum, count) => {
    const share = count / train.count;
    return count === 0 ? sum : sum - share * Math.log(share);
  }, 0);
}

/** The warning in a sentence, to follow the model's name. */
export function lossWarningText(warning: LossWarning): string {
  const { kind, step, loss, learningRate, advice } = warning;
  const what = {
    notFinite: `its loss is not finite since step ${step}`,
    rising: `its loss rose to ${loss.toFixed(2)} by step ${step}, no better than guessing`,
    flat: `its loss after ${step} steps, ${loss.toFixed(2)}, is still that of guessing`,
  }[kind];
  const rate = Number(learningRate.toPrecision(3));
  return `${what}: try a ${advice} learning rate than ${rate} (fovea find-lr shows the loss over a range of rates)`;
}
