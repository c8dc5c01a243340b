import { percent } from "../numbers.js";
import type { EpochMetrics } from "./metrics.js";

/** What decides the accuracy of guessing. */
export interface Guessing {
  readonly classes: number;
  /** Scored images of the most frequent class. Default: all classes are taken as equally frequent. */
  readonly largestClass?: number;
  /** Images on which the accuracy is measured. */
  readonly images: number;
}

/** Epochs in which a model does no better than guessing, or has a loss that is not finite. */
export interface Collapse {
  /** The first of these epochs. */
  readonly epoch: number;
  /** The last of them, where the model recovered; absent where they are the last of the training. */
  readonly until?: number;
  /** `loss`: one of them has a loss that is not finite; `chance`: their accuracies are near chance. */
  readonly why: "loss" | "chance";
}

/** This fraction of the way from chance to 1 is near chance: classes seldom have exactly equal sizes. */
const nearPart = 0.05;
const deviations = 3;
/** In this first fraction of its epochs a training may be near chance: a slow start. */
const startPart = 1 / 3;

/**
 * The highest accuracy that is near chance, 0..1: `p + max(3 √(p(1 − p)/n), (1 − p)/20)`, where p is the
 * fraction of the most frequent class, or 1 / classes where that is unknown, and n the number of images.
 *
 * p is the accuracy of always giving the same answer. A guesser exceeds it by three binomial deviations
 * once in 700 trials. With many images that margin is smaller than the differences between class sizes
 * (on MNIST, always answering 1 gives 11.35 %), so a twentieth of the way from p to 1 is allowed as well.
 *
 * @returns −1, which no accuracy reaches, where all images are of one class: guessing is then always right
 */
export function nearChance({ classes, largestClass, images }: Guessing): number {
  const share = largestClass === undefined ? 1 / classes : largestClass / images;
  if (share === 1) return -1;
  return share + Math.max(noiseOf(share, images), (1 - share) * nearPart);
}

/** What a guesser's accuracy exceeds `share` by once in 700 trials. */
function noiseOf(share: number, images: number): number {
  return deviations * Math.sqrt((share * (1 - share)) / images);
}

/**
 * Whether a training collapsed: its last epochs, or some between better ones, are near chance
 * ({@link nearChance}) or have a loss that is not finite.
 *
 * Four cases do not count as a collapse:
 * - such epochs at the start, followed by better ones;
 * - only epochs near chance so far, within the first third of the planned epochs: a slow start;
 * - such epochs within the first third, from which the training recovered;
 * - epochs near chance between others that were hardly better: before a fall, an accuracy is above near chance by
 *   three binomial deviations more.
 *
 * A training that stays near chance beyond the first third collapsed in epoch 1.
 *
 * @param planned number of epochs asked for; default: those that ran
 * @returns the last group of such epochs; undefined where the training did not collapse
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
  const before = Math.max(0, ...metrics.slice(0, start).map((epoch) => epoch.validationAccuracy));
  if (recovered && why === "chance" && before <= limit + noiseOf(limit, guessing.images)) {
    return undefined;
  }
  return { epoch: bad[0]!.epoch, ...(recovered && { until: bad.at(-1)!.epoch }), why };
}

function hasFiniteLosses({ trainLoss, validationLoss }: EpochMetrics): boolean {
  return Number.isFinite(trainLoss) && Number.isFinite(validationLoss);
}

/** A sentence's end, to follow the run's name: `collapsed in epoch 226, with …`, `diverged in epoch 3, …`, `stayed near chance: …`. */
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
