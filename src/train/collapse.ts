import { percent } from "../numbers.js";
import type { EpochMetrics } from "./metrics.js";

/** What an accuracy is compared with to tell whether a model looks at its images. */
export interface Guessing {
  readonly classes: number;
  /** Images of the most frequent class among those that score it; where unknown, classes count as equally frequent. */
  readonly largestClass?: number;
  /** Images that score it. */
  readonly images: number;
}

/** Epochs in which a model had learned nothing, or nothing any more. */
export interface Collapse {
  /** The first of these epochs. */
  readonly epoch: number;
  /** The last of them, where the model recovered; absent where they last to the end. */
  readonly until?: number;
  /** `loss`: a loss of theirs is not finite; `chance`: their accuracies are near chance. */
  readonly why: "loss" | "chance";
}

/** Part of what is above chance that counts as near it: classes are seldom of the same size exactly. */
const nearPart = 0.05;
const deviations = 3;
/** In this first part of its epochs a training may be near chance: a slow start. */
const startPart = 1 / 3;

/**
 * The highest accuracy that is near chance, 0..1: `p + max(3 √(p(1 − p)/n), (1 − p)/20)`, where p is the
 * share of the most frequent class, or 1 / classes where that is not known, and n the number of images.
 *
 * p is what always giving the same answer reaches. Three binomial deviations are what a guesser exceeds
 * once in 700 trials. On many images they are so few that the unequal sizes of classes exceed them (on
 * MNIST, always answering 1 gives 11.35 %), so a twentieth of the way from p to 1 counts as well.
 *
 * Where all images are of one class, every accuracy may be a guess or not, so that none is near: −1.
 */
export function nearChance({ classes, largestClass, images }: Guessing): number {
  const share = largestClass === undefined ? 1 / classes : largestClass / images;
  if (share === 1) return -1;
  const noise = deviations * Math.sqrt((share * (1 - share)) / images);
  return share + Math.max(noise, (1 - share) * nearPart);
}

/**
 * Whether a training collapsed: its last epochs, or some between better ones, are near chance
 * ({@link nearChance}) or have a loss that is not finite.
 *
 * A start near chance is no collapse where better epochs follow, or where it is still in the first third
 * of the epochs planned; nor is a fall within that third from which the training recovered. Later than
 * that, a training without a better epoch collapsed in epoch 1.
 *
 * @param planned epochs asked for; default those that ran
 * @returns undefined where it did not; the last such epochs where there are several groups of them
 */
export function collapseOf(
  metrics: readonly EpochMetrics[],
  guessing: Guessing,
  planned = metrics.length,
): Collapse | undefined {
  const limit = nearChance(guessing);
  const isBad = (epoch: EpochMetrics) =>
    !hasFiniteLosses(epoch) || epoch.validationAccuracy <= limit;
  const end = metrics.findLastIndex(isBad);
  if (end < 0) return undefined;
  const start = metrics.findLastIndex((epoch, index) => index < end && !isBad(epoch)) + 1;
  const bad = metrics.slice(start, end + 1);
  const why = bad.every(hasFiniteLosses) ? "chance" : "loss";
  const recovered = end < metrics.length - 1;
  const early = end + 1 <= planned * startPart;
  const isSlowStart = start === 0 && (recovered || (early && why === "chance"));
  if (isSlowStart || (recovered && early)) return undefined;
  return { epoch: bad[0]!.epoch, ...(recovered && { until: bad.at(-1)!.epoch }), why };
}

function hasFiniteLosses({ trainLoss, validationLoss }: EpochMetrics): boolean {
  return Number.isFinite(trainLoss) && Number.isFinite(validationLoss);
}

/** A collapse in words that follow the run's name: `collapsed in epoch 226, with …`, `diverged in epoch 3, …`, `stayed near chance: …`. */
export function collapseText(
  { epoch, until, why }: Collapse,
  metrics: readonly EpochMetrics[],
): string {
  const last = metrics.at(-1)!;
  const end = `${percent(last.validationAccuracy)} % after epoch ${last.epoch}, the last`;
  if (until === undefined && why === "loss") {
    const first = metrics.find((each) => each.epoch >= epoch && !hasFiniteLosses(each))!;
    return `diverged in epoch ${first.epoch}, where its loss stopped being finite: ${end}`;
  }
  if (epoch === 1 && until === undefined) return `stayed near chance: ${end}`;
  const state = why === "loss" ? "a loss that is not finite" : "an accuracy near chance";
  if (until !== undefined) {
    const epochs = epoch === until ? `epoch ${epoch}` : `epochs ${epoch} to ${until}`;
    return `fell in ${epochs}, with ${state}, and recovered`;
  }
  return `collapsed in epoch ${epoch}, with ${state}: ${end}`;
}
