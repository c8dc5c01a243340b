import { InputError } from "../errors.js";
import { checkBetween, checkValues } from "./check-values.js";
import { chiSquareUpper } from "./distributions/chi-square.js";
import { fUpper } from "./distributions/f.js";
import { rangeCritical } from "./distributions/studentized-range.js";
import { holm } from "./holm.js";
import { ranks, tieTerm } from "./ranks.js";
import { signedRankTest } from "./signed-rank.js";

/** The values of a model, one a seed, in the same order of seeds for all models. */
export interface ModelValues {
  readonly model: string;
  readonly values: readonly number[];
}

/** What a critical-difference diagram shows. */
export interface CriticalDifference {
  /** From the best (1) to the worst. */
  readonly ranks: readonly { readonly model: string; readonly rank: number }[];
  /** Friedman's test of "all models are alike", and Iman and Davenport's sharper version of it. */
  readonly friedman: { readonly statistic: number; readonly p: number };
  readonly imanDavenport: { readonly statistic: number; readonly p: number };
  /** Nemenyi's: two models whose mean ranks differ by less are not told apart. */
  readonly nemenyi: {
    readonly difference: number;
    readonly groups: readonly (readonly string[])[];
  };
  /** Signed rank tests of all pairs with Holm's correction, better model first; groups: no p below the level. */
  readonly wilcoxon: {
    readonly pairs: readonly { readonly a: string; readonly b: string; readonly p: number }[];
    readonly groups: readonly (readonly string[])[];
  };
}

/**
 * Data of a critical-difference diagram of k models on n seeds (or on n data sets). The models are ranked within each
 * seed, 1 for the largest value.
 *
 * - Friedman: `Q = (12 Σ Rⱼ² / (n k (k + 1)) − 3 n (k + 1)) / (1 − Σ(t³ − t) / (n (k³ − k)))` with rank sums Rⱼ, as χ²
 *   with k − 1 degrees of freedom; Iman and Davenport: `(n − 1) Q / (n (k − 1) − Q)`, as F with k − 1 and
 *   (k − 1)(n − 1).
 * - Nemenyi: `q √(k (k + 1) / (6 n))` with the critical range `q √2` of k normal values.
 *
 * Seeds are not data sets: on seeds alone, this says which model is better on this data.
 *
 * J. Demšar, Statistical comparisons of classifiers over multiple data sets, JMLR 7, 2006; A. Benavoli, G. Corani and
 * F. Mangili, Should we really use post-hoc tests based on mean-ranks?, JMLR 17, 2016 (why there are signed rank tests).
 *
 * @param level of the tests, default 0.05
 * @throws InputError for fewer than 2 models or seeds, for different numbers of values, or where one is not finite
 * @example
 * const { ranks, nemenyi } = criticalDifference([
 *   { model: "cnn", values: [97.1, 97.4, 96.9, 97.2] },
 *   { model: "stn", values: [97.9, 98.1, 97.6, 98.0] },
 *   { model: "mha", values: [97.0, 97.5, 97.0, 97.1] },
 * ]);
 */
export function criticalDifference(
  models: readonly ModelValues[],
  level = 0.05,
): CriticalDifference {
  const where = "criticalDifference";
  checkBetween(where, "level", level, 0, 1);
  if (models.length < 2) throw new InputError(where, "2 or more models", `${models.length}`);
  const n = models[0]!.values.length;
  for (const { model, values } of models) {
    checkValues(`${where}, ${model}`, values, 2);
    if (values.length !== n)
      throw new InputError(
        `${where}, ${model}`,
        `${n} values, as of ${models[0]!.model}`,
        `${values.length}`,
      );
  }
  const k = models.length;
  const sums = new Float64Array(k);
  let ties = 0;
  for (let seed = 0; seed < n; seed++) {
    const row = models.map(({ values }) => -values[seed]!);
    ties += tieTerm(row);
    for (const [at, rank] of ranks(row).entries()) sums[at]! += rank;
  }
  const order = models
    .map(({ model, values }, at) => ({ model, values, rank: sums[at]! / n }))
    .sort((one, other) => one.rank - other.rank);
  const difference = (rangeCritical(level, k) / Math.SQRT2) * Math.sqrt((k * (k + 1)) / (6 * n));
  const raw = allPairs(k).map(([i, j]) => signedRankTest(order[i]!.values, order[j]!.values).p);
  const corrected = new Map(holm(raw).map((p, at) => [allPairs(k)[at]!.join(), p]));
  const names = order.map(({ model }) => model);
  return {
    ranks: order.map(({ model, rank }) => ({ model, rank })),
    ...friedman(sums, n, ties),
    nemenyi: {
      difference,
      groups: groups(names, (i, j) => order[j]!.rank - order[i]!.rank < difference),
    },
    wilcoxon: {
      pairs: allPairs(k).map(([i, j]) => ({
        a: names[i]!,
        b: names[j]!,
        p: corrected.get(`${i},${j}`)!,
      })),
      groups: groups(names, (i, j) => corrected.get(`${i},${j}`)! >= level),
    },
  };
}

function friedman(sums: Float64Array, n: number, ties: number) {
  const k = sums.length;
  const correction = 1 - ties / (n * (k ** 3 - k));
  const squares = sums.reduce((sum, each) => sum + each * each, 0);
  const raw = (12 * squares) / (n * k * (k + 1)) - 3 * n * (k + 1);
  // All values equal: nothing tells the models apart.
  const statistic = correction === 0 ? 0 : Math.max(0, raw / correction);
  const rest = n * (k - 1) - statistic;
  const f = rest <= 1e-12 * n * k ? Infinity : ((n - 1) * statistic) / rest;
  return {
    friedman: { statistic, p: chiSquareUpper(statistic, k - 1) },
    imanDavenport: { statistic: f, p: fUpper(f, k - 1, (k - 1) * (n - 1)) },
  };
}

/** All `[i, j]` with i < j < k. */
function allPairs(k: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < k; i++) for (let j = i + 1; j < k; j++) pairs.push([i, j]);
  return pairs;
}

/** The longest runs of two or more neighbours in which no pair is told apart: the diagram's bars. */
function groups(names: readonly string[], alike: (i: number, j: number) => boolean): string[][] {
  const found: string[][] = [];
  let covered = 0;
  for (let start = 0; start < names.length; start++) {
    let end = start + 1;
    const joins = (next: number) => {
      for (let at = start; at < next; at++) if (!alike(at, next)) return false;
      return true;
    };
    while (end < names.length && joins(end)) end++;
    if (end - start > 1 && end > covered) found.push(names.slice(start, end));
    covered = Math.max(covered, end);
  }
  return found;
}
