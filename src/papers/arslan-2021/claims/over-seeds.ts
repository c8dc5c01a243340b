import type { ModelName } from "../../../models/index.js";
import { counted, listed, percent } from "../../../numbers.js";
import { holm } from "../../../stats/holm.js";
import { meanTest, pairedTTest } from "../../../stats/t-test.js";
import type { EpochMetrics } from "../../../train/metrics.js";
import { studyEpochs } from "../published.js";
import type { Measure, SeedJudgement, SeedRuns, Verdict } from "./claim.js";
import { mostAccurate } from "./curve.js";

/** Below this p-value, after Holm's correction, seeds tell two networks apart. */
const level = 0.05;

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

/** Two networks, compared seed by seed. */
export interface ComparedPair {
  readonly a: ModelName;
  readonly b: ModelName;
  /** The mean of a's best accuracy minus b's. */
  readonly difference: number;
  /** Corrected for all pairs by Holm's method. */
  readonly p: number;
  /** Which is more accurate, where the seeds tell it. */
  readonly better: ModelName | undefined;
}

/** Compares the best accuracies of pairs of networks by the paired t-test, corrected for all pairs. */
export function comparePairs(
  runs: SeedRuns,
  pairs: readonly (readonly [ModelName, ModelName])[],
): ComparedPair[] {
  const tests = pairs.map(([a, b]) =>
    pairedTTest(bestAccuracies(runs, a), bestAccuracies(runs, b)),
  );
  const corrected = holm(tests.map(({ p }) => p));
  return pairs.map(([a, b], at) => {
    const difference = tests[at]!.estimate;
    const p = corrected[at]!;
    const ahead = difference > 0 ? a : b;
    return { a, b, difference, p, better: p < level ? ahead : undefined };
  });
}

/** `the best epochs differ by: stn − cnn −0.12 points (p 0.034) and mha − cnn +0.01 points (p 0.810)` */
export function pairsText(pairs: readonly ComparedPair[]): string {
  const words = pairs.map(({ a, b, difference, p }) => {
    const sign = difference < 0 ? "−" : "+";
    const chance = p < 0.001 ? "p < 0.001" : `p ${p.toFixed(3)}`;
    return `${a} − ${b} ${sign}${percent(Math.abs(difference))} points (${chance})`;
  });
  return `the best epochs differ by: ${listed(words)}`;
}
