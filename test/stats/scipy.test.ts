import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bcaInterval, bootstrapInterval } from "../../src/stats/bootstrap.js";
import { pearson, spearman } from "../../src/stats/correlation.js";
import { criticalDifference } from "../../src/stats/critical-difference.js";
import { mean } from "../../src/stats/deviation.js";
import { incompleteBeta } from "../../src/stats/distributions/beta.js";
import { chiSquareUpper } from "../../src/stats/distributions/chi-square.js";
import { fUpper } from "../../src/stats/distributions/f.js";
import { logGamma } from "../../src/stats/distributions/gamma.js";
import { noncentralT } from "../../src/stats/distributions/noncentral-t.js";
import { studentCritical, studentTwoSided } from "../../src/stats/distributions/student.js";
import {
  rangeCritical,
  rangeProbability,
} from "../../src/stats/distributions/studentized-range.js";
import { cliffDelta, cohenDz } from "../../src/stats/effect-size.js";
import { fisherExact } from "../../src/stats/fisher-exact.js";
import { hodgesLehmann } from "../../src/stats/hodges-lehmann.js";
import { holm } from "../../src/stats/holm.js";
import { probabilityOfImprovement } from "../../src/stats/improvement.js";
import { interquartileMean } from "../../src/stats/interquartile-mean.js";
import { mcnemar } from "../../src/stats/mcnemar.js";
import { noiseSources } from "../../src/stats/noise-sources.js";
import { normalProbability } from "../../src/stats/normal.js";
import { detectableDifference, seedsNeeded, tTestPower } from "../../src/stats/power.js";
import { rankSumTest } from "../../src/stats/rank-sum.js";
import { signFlipTest } from "../../src/stats/sign-flip.js";
import { signedRankTest } from "../../src/stats/signed-rank.js";
import { pairedTTest, type TTest, welchTTest } from "../../src/stats/t-test.js";

/** Written by `bench/cross-check/statistics_scipy.py`. */
const scipy = JSON.parse(readFileSync(new URL("scipy.json", import.meta.url), "utf8"));

/** Equal to a relative error, or to the absolute one where a value is near 0. */
function expectClose(found: number, reference: number, relative = 1e-9, absolute = 1e-12): void {
  const error = Math.abs(found - reference);
  const allowed = Math.max(absolute, Math.abs(reference) * relative);
  expect(error, `${found} instead of ${reference}`).toBeLessThanOrEqual(allowed);
}

const functions: Record<string, (...values: number[]) => number> = {
  normal: normalProbability,
  studentTwoSided,
  studentCritical,
  noncentralT,
  fUpper,
  chiSquareUpper,
  logGamma,
  incompleteBeta: (x, a, b) => incompleteBeta(x!, a!, b!),
};

describe("distributions are SciPy's", () => {
  it.each(Object.entries(functions))("%s", (name, f) => {
    for (const row of scipy.distributions[name]) expectClose(f(...row.slice(0, -1)), row.at(-1));
  });

  it("keep the digits of small probabilities", () => {
    expectClose(normalProbability(-10), 7.619853024160527e-24, 1e-12, 0);
    expectClose(studentTwoSided(1e6, 4) / 1e-24, 6, 1e-9, 0); // 6 / t⁴ to the leading term
  });

  it("the range of normal values", () => {
    for (const [q, k, p] of scipy.distributions.rangeProbability) {
      expectClose(rangeProbability(q, k), p, 1e-6);
    }
    for (const [k, q] of scipy.nemenyi) expectClose(rangeCritical(0.05, k) / Math.SQRT2, q, 1e-7);
  });
});

describe.each<[number, Record<string, never>]>(
  scipy.pairs.map((pair: never, at: number) => [at, pair]),
)("pair %i", (_, pair) => {
  const { a, b } = pair as unknown as { a: number[]; b: number[] };
  const reference = pair as never as Record<string, { [name: string]: never }>;

  const expectTTest = (found: TTest, expected: Record<string, never>) => {
    for (const name of ["estimate", "t", "p", "degrees"] as const) {
      expectClose(found[name], expected[name]!, 1e-8);
    }
    const [low, high] = expected.interval as unknown as [number, number];
    expectClose(found.interval.low, low, 1e-8);
    expectClose(found.interval.high, high, 1e-8);
  };

  it("t-tests, and Cohen's d", () => {
    expectTTest(pairedTTest(a, b), reference.pairedT!);
    expectTTest(welchTTest(a, b), reference.welch!);
    expectClose(cohenDz(a, b), pair.cohenDz as never, 1e-8);
  });

  it("exact tests, with ties", () => {
    const ranks = signedRankTest(a, b);
    expect(ranks.exact).toBe(true);
    expect(ranks.statistic).toBe(reference.signedRank!.statistic);
    expectClose(ranks.p, reference.signedRank!.p!);
    expectClose(signFlipTest(a, b).p, pair.signFlip as never);
    const sums = rankSumTest(a, b);
    expect(sums.exact).toBe(true);
    expect(sums.statistic).toBe(reference.rankSum!.statistic);
    if (reference.rankSum!.p !== null) expectClose(sums.p, reference.rankSum!.p!);
  });

  it("estimates that go with them", () => {
    const { estimate, interval } = hodgesLehmann(a, b);
    expectClose(estimate, reference.hodgesLehmann!.estimate!, 1e-8, 1e-9);
    const ends = (reference.hodgesLehmann!.interval ?? [-Infinity, Infinity]) as number[];
    expect(interval.low).toBeCloseTo(ends[0]!, 9);
    expect(interval.high).toBeCloseTo(ends[1]!, 9);
    const improvement = probabilityOfImprovement(a, b);
    const [low, high] = reference.improvement!.interval! as [number, number];
    expectClose(improvement.estimate, reference.improvement!.estimate!);
    expectClose(improvement.interval.low, low);
    expectClose(improvement.interval.high, high);
    expectClose(cliffDelta(a, b), 2 * (reference.improvement!.estimate! as number) - 1);
  });
});

describe("other methods are SciPy's and statsmodels'", () => {
  it("rank tests of many values, by the normal approximation", () => {
    const { a, b, signedRank, rankSum } = scipy.approximations;
    expect(signedRankTest(a, b).exact).toBe(false);
    expectClose(signedRankTest(a, b).p, signedRank);
    expectClose(rankSumTest(a, b).p, rankSum);
  });

  it("the BCa interval, of the same resamples and of its own", () => {
    const { values, results, interval, many } = scipy.bca;
    const without = values.map((_: number, out: number) =>
      mean(values.filter((_: number, at: number) => at !== out)),
    );
    const found = bcaInterval(Float64Array.from(results), mean(values), without, 0.95);
    expectClose(found.low, interval[0], 1e-4); // SciPy's quantiles are other ones of Hyndman and Fan's
    expectClose(found.high, interval[1], 1e-4);
    const own = bootstrapInterval(values);
    expect(Math.abs(own.low - many[0])).toBeLessThan(0.006);
    expect(Math.abs(own.high - many[1])).toBeLessThan(0.006);
  });

  it("power, seeds needed, and the difference that shows", () => {
    for (const [size, n, paired, unpaired] of scipy.power.power) {
      expectClose(tTestPower(1, size, n, "paired"), paired, 1e-7);
      expectClose(tTestPower(1, size, n, "unpaired"), unpaired, 1e-7);
    }
    for (const [size, paired, unpaired] of scipy.power.seeds) {
      expect(seedsNeeded(1, size, "paired")).toBe(paired);
      expect(seedsNeeded(1, size)).toBe(unpaired);
    }
    for (const [n, paired, unpaired] of scipy.power.detectable) {
      expectClose(detectableDifference(1, n, "paired"), paired, 1e-6);
      expectClose(detectableDifference(1, n), unpaired, 1e-6);
    }
  });

  it("Holm, Fisher, McNemar, and the interquartile mean", () => {
    const [pValues, corrected] = scipy.holm;
    for (const [at, p] of holm(pValues).entries()) expectClose(p, corrected[at]);
    for (const [a, m, b, n, p] of scipy.fisher) expectClose(fisherExact(a, m, b, n), p);
    for (const [b, c, p] of scipy.mcnemar) expectClose(mcnemar(b, c), p);
    for (const [values, middle] of scipy.trimmed) expectClose(interquartileMean(values), middle);
  });

  it("variance components", () => {
    const { table, total, ...figures } = scipy.noise;
    const found = noiseSources(table);
    for (const [name, value] of Object.entries(figures)) {
      expectClose(found[name as "seeds"], value as number);
    }
    expectClose(found.errors.total, total);
  });

  it("Friedman's test, with ties", () => {
    const { table, ranks, statistic, p, f, fP } = scipy.friedman;
    const names = ["one", "two", "three", "four"];
    const found = criticalDifference(names.map((model, at) => ({ model, values: table[at] })));
    for (const { model, rank } of found.ranks) expectClose(rank, ranks[names.indexOf(model)]);
    expectClose(found.friedman.statistic, statistic);
    expectClose(found.friedman.p, p);
    expectClose(found.imanDavenport.statistic, f);
    expectClose(found.imanDavenport.p, fP);
  });

  it("correlation", () => {
    const { x, y } = scipy.correlation;
    const found = pearson(x, y);
    const { low, high } = found.interval;
    for (const [at, value] of [found.estimate, found.p, low, high].entries()) {
      expectClose(value, scipy.correlation.pearson[at]);
    }
    expectClose(spearman(x, y).estimate, scipy.correlation.spearman[0]);
    expectClose(spearman(x, y).p, scipy.correlation.spearman[1]);
  });

  it.each([[[1, 2, 3]], [[3, 2, 1]], [[1, 3, 2]]])(
    "correlation of three pairs, %j: nothing is known",
    (y) => {
      expect(pearson([1, 2, 3], y).interval).toEqual({ low: -1, high: 1 });
    },
  );
});
