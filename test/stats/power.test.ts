import { describe, expect, it } from "vitest";
import { seedsNeeded, smallestDifference } from "../../src/stats/power.js";

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
