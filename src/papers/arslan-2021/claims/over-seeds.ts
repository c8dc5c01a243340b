import type { ModelName } from "../../../models/index.js";
import { counted, listed } from "../../../numbers.js";
import { probabilityText, signedText } from "../../../report/study/number-text.js";
import { type ComparedPair, compareModels } from "../../../stats/compare.js";
import { meanTest } from "../../../stats/t-test.js";
import type { EpochMetrics } from "../../../train/metrics.js";
import { studyEpochs } from "../published.js";
import type { Measure, SeedJudgement, SeedRuns, Verdict } from "./claim.js";
import { mostAccurate } from "./curve.js";

/** Whether there are runs of all these networks. */
export function haveSeeds({ curves }: SeedRuns, networks: readonly ModelName[]): boolean {
  return networks.every((model) => curves.has(model));
}

/**
 * The judgement of seeds: a verdict only where they have as many epochs as the study.
 *
 * @param finding what they show, as the end of a sentence
 */
export function seedJudgement(
  { seeds, epochs }: SeedRuns,
  verdict: Verdict,
  finding: string,
  measures: readonly Measure[],
): SeedJudgement {
  const whole = epochs === studyEpochs;
  const length = whole ? `in ${epochs} epochs` : `in their first ${counted(epochs, "epoch")}`;
  return {
    verdict: whole ? verdict : undefined,
    reason: `Over ${counted(seeds.length, "seed")}, ${length}, ${finding}.`,
    measures,
  };
}

/** A network's best accuracies, seed by seed. */
export function bestAccuracies({ curves }: SeedRuns, model: ModelName): number[] {
  return curves.get(model)!.map((curve) => mostAccurate(curve)!.validationAccuracy);
}

/** The mean over the seeds of each network's best accuracy, with its interval. */
export function bestMeasures(runs: SeedRuns, networks: readonly ModelName[]): Measure[] {
  return networks.map((network) => {
    const best = bestAccuracies(runs, network);
    const what = `best of ${counted(runs.epochs, "epoch")}, mean of ${counted(best.length, "seed")}`;
    const { estimate: value, interval } = meanTest(best);
    // Student's t knows nothing of the ends of a scale.
    const shares = { low: Math.max(0, interval.low), high: Math.min(1, interval.high) };
    return { network, what, value, unit: "share", interval: shares };
  });
}

/** How many runs of a network have some feature. */
export function countRuns(
  { curves }: SeedRuns,
  model: ModelName,
  has: (curve: readonly EpochMetrics[], seed: number) => boolean,
): number {
  return curves.get(model)!.filter(has).length;
}

/**
 * Compares the best accuracies of networks seed by seed, as a study does: paired t-test, Holm's correction.
 *
 * @param isCompared whether a pair is of interest; default: all are
 */
export function comparePairs(
  runs: SeedRuns,
  networks: readonly ModelName[],
  isCompared?: (a: string, b: string) => boolean,
): readonly ComparedPair[] {
  const models = networks.map((model) => {
    const values = bestAccuracies(runs, model).map((accuracy) => 100 * accuracy);
    return { model, seeds: runs.seeds, values, collapsed: 0 };
  });
  return compareModels(models, isCompared).pairs;
}

/** `the best epochs differ by: stn − cnn −0.12 points (p 0.034) and mha − cnn +0.01 points (p 0.810)` */
export function pairsText(pairs: readonly ComparedPair[]): string {
  const words = pairs.map(
    ({ a, b, difference, pHolm }) =>
      `${a} − ${b} ${signedText(difference)} points (p ${probabilityText(pHolm)})`,
  );
  return `the best epochs differ by: ${listed(words)}`;
}
