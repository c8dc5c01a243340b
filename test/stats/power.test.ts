import { describe, expect, it } from "vitest";
import {
  detectableDifference,
  seedsNeeded,
  smallestDifference,
  tTestPower,
} from "../../src/stats/power.js";

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

describe("a level below 5 %, as of one of several tests", () => {
  // SciPy's noncentral t: nct.cdf(±t.ppf(1 − level / 2, ν), ν, shift).
  it("has the power that SciPy has", () => {
    expect(tTestPower(0.05, 0.1, 5, "unpaired", 0.005)).toBeCloseTo(0.34843626839655606, 8);
    expect(tTestPower(1, 1, 10, "paired", 0.005)).toBeCloseTo(0.37706299040444463, 8);
    expect(tTestPower(1, 0.5, 40, "unpaired", 0.05 / 21)).toBeCloseTo(0.19278965778867158, 8);
  });

  it("takes more seeds, and a larger difference", () => {
    expect(seedsNeeded(0.05, 0.045, "unpaired", 0.005)).toBe(35);
    expect(seedsNeeded(1, 1, "paired", 0.005)).toBe(18);
    expect(seedsNeeded(1, 0.5, "paired", 0.05 / 21)).toBe(65);
    expect(seedsNeeded(1, 0.05, "paired", 0.005)).toBe(5330);
    expect(detectableDifference(0.05, 5, "unpaired", 0.8, 0.005)).toBeCloseTo(0.153877823878, 8);
  });

  it("is above 0", () => {
    expect(() => tTestPower(1, 1, 5, "paired", 0)).toThrow(
      "tTestPower: expected the level to be above 0",
    );
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
