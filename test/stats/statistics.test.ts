import { describe, expect, it } from "vitest";
import { wilsonInterval } from "../../src/stats/intervals.js";
import {
  binomialDeviation,
  quantile,
  sampleDeviation,
  seedsNeeded,
  smallestDifference,
} from "../../src/stats/statistics.js";

describe("wilsonInterval", () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
  // (1998), Table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("%i of %i", (correct, total, low, high) => {
    const found = wilsonInterval(correct, total);
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });
});

describe("seedsNeeded", () => {
  // Cohen, "Statistical Power Analysis for the Behavioral Sciences" (1988), and every power program:
  // 80 % power, 5 % two-sided, for a difference of d standard deviations.
  it.each([
    [0.2, 394],
    [0.5, 64],
    [0.8, 26],
    [1, 17],
  ])("of %d standard deviations: %i in each group", (difference, seeds) => {
    expect(seedsNeeded(1, difference)).toBe(seeds);
  });

  it("is at least 2, as a deviation takes two", () => {
    expect(seedsNeeded(0, 0.001)).toBe(2);
    expect(seedsNeeded(0.001, 1)).toBe(2);
  });
});

describe("smallestDifference", () => {
  it("is 3.96 standard deviations for one seed each", () => {
    expect(smallestDifference(1, 1)).toBeCloseTo(3.962, 3);
  });

  it("is what the needed number of seeds shows", () => {
    for (const difference of [0.1, 0.3, 1]) {
      expect(smallestDifference(1, seedsNeeded(1, difference))).toBeLessThanOrEqual(difference);
    }
  });
});

describe("deviations and quantiles", () => {
  it("of a proportion", () => {
    expect(binomialDeviation(0.99, 10_000)).toBeCloseTo(0.000995, 6);
  });

  it("of a sample, with n − 1", () => {
    expect(sampleDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it("interpolate between neighbours", () => {
    expect(quantile([1, 2, 4], 0)).toBe(1);
    expect(quantile([1, 2, 4], 0.75)).toBe(3);
    expect(quantile([1, 2, 4], 1)).toBe(4);
  });
});
