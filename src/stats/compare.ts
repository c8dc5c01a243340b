import { checkWhole } from "../arguments.js";
import { InputError } from "../errors.js";
import { checkValues } from "./check-values.js";
import { mean, sampleDeviation } from "./deviation.js";
import { differences } from "./differences.js";
import { holm } from "./holm.js";
import { type Design, seedsNeeded } from "./power.js";
import { rankSumTest } from "./rank-sum.js";
import { signedRankTest } from "./signed-rank.js";
import { meanTest, type TTest, welchTTest } from "./t-test.js";

/** Probability of any false verdict, where no model is better. */
const LEVEL = 0.05;

/** Percentage points. Means that differ by less are equal: it is rounding, not an image of a billion. */
const ROUNDING = 1e-9;

/** The runs of a model. */
export interface ModelRuns {
  readonly model: string;
  readonly seeds: readonly number[];
  /** Accuracy of each seed's run, in percent, in the order of `seeds`. */
  readonly values: readonly number[];
  /** How many of the runs collapsed. Their values count like all others. */
  readonly collapsed: number;
}

/** The two ends of an interval, in percentage points. */
export type Ends = readonly [low: number, high: number];

/** A model of a comparison, with its mean over seeds. */
export interface ComparedModel extends ModelRuns {
  readonly mean: number;
  /** 95 % interval of the mean; null for one seed, or where all values are equal. */
  readonly interval: Ends | null;
}

/** Two models against each other. */
export interface ComparedPair {
  readonly a: string;
  readonly b: string;
  /** Mean of a minus mean of b, in percentage points. */
  readonly difference: number;
  /** Its 95 % interval; null where one of them has one seed, or where nothing varies. */
  readonly interval: Ends | null;
  /** Two-sided p-value; null where one of them has one seed. */
  readonly p: number | null;
  /** With Holm's correction for all pairs that have one. */
  readonly pHolm: number | null;
  /** The better model where `pHolm` is below 0.05. */
  readonly verdict: "a" | "b" | "not settled";
  /**
   * Seeds per model that would show this difference with 80 %, at the pair's share of the 5 % (Bonferroni), which is enough
   * whatever the other pairs show; null where it is 0, or where nothing varies.
   */
  readonly seedsNeeded: number | null;
}

/** What {@link compareModels} finds: plain JSON. */
export interface Comparison {
  readonly models: readonly ComparedModel[];
  readonly pairs: readonly ComparedPair[];
}

/**
 * Compares all pairs of models, or those of interest. The result is plain JSON.
 *
 * Two models with the same seeds are compared by the paired t-test, seed by seed; with other seeds, by Welch's t-test.
 * Where a t-test has no deviation to go by, as all differences are equal, the signed rank test takes its place, and the
 * rank sum test that of Welch's. Holm's correction is for the pairs that are compared, so that fewer pairs show more.
 *
 * @param isCompared whether a pair is of interest; default: all are
 * @throws InputError for models with the same name, seeds that repeat or are not as many as the values, values outside
 * 0..100, or more collapsed runs than runs
 * @example
 * const seeds = [0, 1, 2, 3, 4];
 * const { pairs } = compareModels([
 *   { model: "plain", seeds, values: [97.1, 97.4, 96.9, 97.2, 97.3], collapsed: 0 },
 *   { model: "warp", seeds, values: [97.9, 98.1, 97.6, 98.0, 97.8], collapsed: 0 },
 * ]);
 * const [{ a, b, difference, interval, verdict }] = pairs;
 */
export function compareModels(
  models: readonly ModelRuns[],
  isCompared: (a: string, b: string) => boolean = () => true,
): Comparison {
  checkModels(models);
  const pairs = models.flatMap((a, at) =>
    models
      .slice(at + 1)
      .filter((b) => isCompared(a.model, b.model))
      .map((b) => comparePair(a, b)),
  );
  const corrected = holm(pairs.flatMap(({ p }) => (p === null ? [] : [p]))).values();
  const level = pairLevel(pairs);
  return {
    models: models.map(({ model, seeds, values, collapsed }) => ({
      model,
      seeds: [...seeds],
      values: [...values],
      mean: mean(values),
      interval: values.length > 1 ? endsOf(meanTest(values)) : null,
      collapsed,
    })),
    pairs: pairs.map(({ spread, ...pair }) => {
      const { difference, p } = pair;
      const pHolm = p === null ? null : corrected.next().value!;
      const verdict = verdictOf(difference, pHolm);
      return { ...pair, pHolm, verdict, seedsNeeded: neededFor(difference, spread, level) };
    }),
  };
}

/**
 * The level of one pair's test if all pairs share 5 % alike (Bonferroni). A pair that is found at this level is found with
 * Holm's correction, too, whatever the others show.
 */
export function pairLevel(pairs: readonly Pick<ComparedPair, "p">[]): number {
  return LEVEL / Math.max(1, pairs.filter(({ p }) => p !== null).length);
}

function neededFor(
  difference: number,
  { deviation, design }: PairSpread,
  level: number,
): number | null {
  if (!(deviation > 0) || difference === 0) return null;
  return seedsNeeded(deviation, difference, design, level);
}

function verdictOf(difference: number, pHolm: number | null): ComparedPair["verdict"] {
  if (pHolm === null || pHolm >= LEVEL) return "not settled";
  return difference > 0 ? "a" : "b";
}

/** A pair by itself. */
type LonePair = Omit<ComparedPair, "pHolm" | "verdict" | "seedsNeeded"> & {
  readonly spread: PairSpread;
};

function comparePair(a: ModelRuns, b: ModelRuns): LonePair {
  const common = { a: a.model, b: b.model, spread: pairSpread(a, b) };
  if (a.values.length < 2 || b.values.length < 2) {
    const difference = mean(a.values) - mean(b.values);
    return { ...common, difference, interval: null, p: null };
  }
  const others = sameSeeds(a, b) ? inOrder(b, a.seeds) : undefined;
  const test =
    others === undefined ? welchTTest(a.values, b.values) : meanTest(differences(a.values, others));
  // The rank tests need no deviation.
  const exactP = () =>
    others === undefined ? rankSumTest(a.values, b.values).p : signedRankTest(a.values, others).p;
  return {
    ...common,
    difference: Math.abs(test.estimate) < ROUNDING ? 0 : test.estimate,
    interval: endsOf(test),
    p: test.error === 0 ? exactP() : test.p,
  };
}

type SeedValues = Pick<ModelRuns, "seeds" | "values">;

/** How much the seeds of two models differ, as `seedsNeeded` and `detectableDifference` take it. */
export interface PairSpread {
  readonly deviation: number;
  readonly design: Design;
}

/**
 * With the same seeds the deviation of the differences, seed by seed. With other seeds that of each model's values: of two
 * that differ, `√((s²ₐ + s²ᵦ) / 2)`. NaN where a model has one seed.
 */
export function pairSpread(a: SeedValues, b: SeedValues): PairSpread {
  if (sameSeeds(a, b)) {
    const each = differences(a.values, inOrder(b, a.seeds));
    return { deviation: sampleDeviation(each), design: "paired" };
  }
  const [one, other] = [sampleDeviation(a.values), sampleDeviation(b.values)];
  return { deviation: Math.sqrt((one * one + other * other) / 2), design: "unpaired" };
}

/** The values of a model in the order of some seeds, which are its own. */
function inOrder({ seeds: own, values }: SeedValues, seeds: readonly number[]): number[] {
  const bySeed = new Map(own.map((seed, at) => [seed, values[at]!]));
  return seeds.map((seed) => bySeed.get(seed)!);
}

function sameSeeds(a: SeedValues, b: SeedValues): boolean {
  const seeds = new Set(b.seeds);
  return a.seeds.length === b.seeds.length && a.seeds.every((seed) => seeds.has(seed));
}

function endsOf({ error, interval }: TTest): Ends | null {
  return error === 0 ? null : [interval.low, interval.high];
}

function checkModels(models: readonly ModelRuns[]): void {
  const names = new Set<string>();
  for (const { model, seeds, values, collapsed } of models) {
    const where = `compareModels, ${model}`;
    if (names.has(model))
      throw new InputError("compareModels", "each model once", `${model} twice`);
    names.add(model);
    checkValues(where, values, 1);
    if (seeds.length !== values.length) {
      throw new InputError(where, `a seed per value, ${values.length}`, `${seeds.length}`);
    }
    const repeated = seeds.find((seed, at) => seeds.indexOf(seed) < at);
    if (repeated !== undefined) throw new InputError(where, "each seed once", `${repeated} twice`);
    const outside = values.find((value) => value < 0 || value > 100);
    if (outside !== undefined) throw new InputError(where, "values in percent", `${outside}`);
    checkWhole(where, "collapsed", collapsed, 0, values.length);
  }
}
