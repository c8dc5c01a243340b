import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrapInterval } from "../../src/stats/bootstrap.js";
import { correctDifference, correctImages } from "../../src/stats/correct-images.js";
import { fisherExact } from "../../src/stats/fisher-exact.js";
import { noiseSources } from "../../src/stats/noise-sources.js";
import { pairedTests } from "../../src/stats/paired-tests.js";
import { rankSumTest } from "../../src/stats/rank-sum.js";
import { summarizeSeeds } from "../../src/stats/seed-summary.js";
import { seedsAndImagesInterval } from "../../src/stats/seeds-and-images.js";
import { signFlipTest } from "../../src/stats/sign-flip.js";
import { signedRankTest } from "../../src/stats/signed-rank.js";
import { pairedTTest, welchTTest } from "../../src/stats/t-test.js";

/** Accuracies in hundredths of a percent, with ties; up to 10 pairs. */
const pairs = fc.array(
  fc.tuple(fc.integer({ min: 9800, max: 9820 }), fc.integer({ min: 9800, max: 9820 })),
  {
    minLength: 2,
    maxLength: 10,
  },
);
const sides = (list: [number, number][]) =>
  [0, 1].map((side) => list.map((pair) => pair[side]! / 100));
const pValues = (a: number[], b: number[]) => {
  const paired = [pairedTTest, signedRankTest, signFlipTest].map((test) => test(a, b).p);
  return [...paired, rankSumTest(a, b).p, welchTTest(a, b).p];
};
const expectAlike = (found: number[], expected: number[]) => {
  for (const [at, value] of found.entries()) expect(value).toBeCloseTo(expected[at]!, 6);
};

describe("p-values", () => {
  it("do not depend on the order of seeds, on a shift of both, or on which model is a", () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const [a, b] = sides(list) as [number[], number[]];
        const found = pValues(a, b);
        for (const p of found) expect(p >= 0 && p <= 1).toBe(true);
        expectAlike(pValues(a.toReversed(), b.toReversed()), found);
        expectAlike(pValues(b, a), found);
        const shifted = (values: number[]) => values.map((value) => value - 50);
        expectAlike(pValues(shifted(a), shifted(b)), found);
      }),
      { numRuns: 40 },
    );
  });

  it("are estimated for many seeds as they are exactly", () => {
    const a = Array.from({ length: 16 }, (_, at) => (at * 7) % 11);
    const b = a.map((value, at) => value - ((at * 5) % 9) + 2.5);
    const exact = signFlipTest(a, b);
    const drawn = signFlipTest([...a, 1], [...b, 1]); // a difference of 0 changes nothing
    expect([exact.exact, drawn.exact]).toEqual([true, false]);
    expect(Math.abs(drawn.p - exact.p)).toBeLessThan(0.01);
    expect(signFlipTest([...a, 1], [...b, 1])).toEqual(drawn);
  });

  it("of two rates do not depend on their order", () => {
    fc.assert(
      fc.property(fc.nat(12), fc.nat(12), fc.nat(12), fc.nat(12), (a, restA, b, restB) => {
        const p = fisherExact(a, a + restA, b, b + restB);
        expect(fisherExact(b, b + restB, a, a + restA)).toBeCloseTo(p, 10);
        expect(p).toBeGreaterThan(0);
      }),
    );
  });
});

describe("guards", () => {
  it.each<[string, () => unknown, string]>([
    ["one pair", () => pairedTests([1], [2]), "pairedTests: expected 2 or more values, got 1"],
    [
      "lists that differ",
      () => pairedTests([1, 2], [2, 3, 4]),
      "as many values of one as of the other, got 2 and 3",
    ],
    [
      "NaN",
      () => pairedTests([1, Number.NaN], [2, 3]),
      "pairedTests: expected value 1 to be a finite number, got NaN",
    ],
    ["no values", () => summarizeSeeds([]), "summarizeSeeds: expected 1 or more values, got 0"],
    ["one seed", () => noiseSources([[1, 0]]), "noiseSources: expected 2 or more seeds, got 1"],
    [
      "other images",
      () =>
        noiseSources([
          [1, 0],
          [1, 0, 1],
        ]),
      "2 images for each seed, got 3",
    ],
    [
      "too few predictions",
      () => correctImages([1], [1, 2]),
      "2 predictions, as there are labels, got 1",
    ],
    [
      "more than all",
      () => fisherExact(3, 2, 0, 5),
      "fisherExact: expected a count to be a whole number in 0..2, got 3",
    ],
    [
      "more runs than can be summed",
      () => fisherExact(0, 1e9, 0, 5),
      "fisherExact: expected a total to be a whole number in 0..1000000, got 1000000000",
    ],
    [
      "values whose squares have no number",
      () => welchTTest([1e300, -1e300, 0], [1, 2, 3]),
      "welchTTest: expected value 0 to be in ±1e+70, got 1e+300",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });

  it.each([1e69, 1e-70, 5e-324, 1e-12])("values of size %s have tests, too", (size) => {
    const [a, b] = [
      [1, 2, 4, 3.5],
      [1.1, 2.5, 4, 2],
    ].map((each) => each.map((value) => value * size));
    const usual = welchTTest(a!, b!);
    const same = pairedTests(a!, b!);
    for (const p of [usual.p, same.t.p, same.signedRank.p, same.signFlip.p]) {
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
    }
    for (const end of [usual.interval.low, usual.interval.high]) expect(end).not.toBeNaN();
  });

  it("one seed and equal values have what they have", () => {
    expect(summarizeSeeds([99])).toMatchObject({
      mean: 99,
      worst: 99,
      deviation: undefined,
      interval: undefined,
    });
    const equal = summarizeSeeds([99.1, 99.1, 99.1]);
    expect(equal.deviation).toBe(0);
    expect(equal.bootstrap!.high - equal.bootstrap!.low).toBeCloseTo(0, 10);
    expect(pairedTests([1, 2, 3], [1, 2, 3])).toMatchObject({
      cohenDz: 0,
      seedsNeeded: undefined,
      detectable: undefined,
    });
  });
});

describe("seeds and images", () => {
  const hard = Array.from({ length: 400 }, (_, image) => (image * 37) % 100 < 12);
  const table = Array.from({ length: 8 }, (_, seed) =>
    hard.map((is, image) => (is && (image * 13 + seed * 29) % 10 < 4 + (seed % 3) ? 0 : 1)),
  );

  it("the interval is as wide as the two sources together", () => {
    const { low, high } = seedsAndImagesInterval(table);
    const { mean, errors } = noiseSources(table);
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
    expect((high - low) / (2 * 1.96 * errors.total)).toBeGreaterThan(0.85);
    expect((high - low) / (2 * 1.96 * errors.total)).toBeLessThan(1.3);
    expect(seedsAndImagesInterval(table)).toEqual({ low, high });
    expect(seedsAndImagesInterval(table, { seed: 1 })).not.toEqual({ low, high });
  });

  it("differences swap their sign with the models", () => {
    const [a, b, labels] = [
      [1, 2, 3, 0],
      [1, 0, 3, 1],
      [1, 2, 2, 1],
    ];
    expect([...correctDifference(a!, b!, labels!)]).toEqual([0, 1, 0, -1]);
    expect([...correctDifference(b!, a!, labels!)]).toEqual([0, -1, 0, 1]);
  });

  it("the bootstrap is a function of its seed", () => {
    const values = [99.137, 99.318, 98.921, 99.204, 99.002, 99.263, 99.071];
    expect(bootstrapInterval(values)).toEqual(bootstrapInterval(values));
    expect(bootstrapInterval(values, undefined, { seed: 1 })).not.toEqual(
      bootstrapInterval(values, undefined, { seed: 2, resamples: 500 }),
    );
  });
});
