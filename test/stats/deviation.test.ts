import { describe, expect, it } from "vitest";
import { binomialDeviation, mean, sampleDeviation } from "../../src/stats/deviation.js";

/** `base` + 0.2, then `base` + 0.1 and `base` + 0.3 in turn, 1,001 in all. */
const alternating = (base: number) =>
  Array.from({ length: 1001 }, (_, at) => base + (at === 0 ? 0.2 : at % 2 ? 0.1 : 0.3));

// NIST's Statistical Reference Datasets, univariate summary statistics, with their certified values.
describe.each([
  ["NumAcc1", [10_000_001, 10_000_003, 10_000_002], 10_000_002, 1],
  ["NumAcc2", alternating(1), 1.2, 0.1],
  ["NumAcc3", alternating(1_000_000), 1_000_000.2, 0.1],
])("%s", (_, values, middle, deviation) => {
  it("has the certified mean and standard deviation", () => {
    expect(mean(values)).toBeCloseTo(middle, 8);
    expect(sampleDeviation(values)).toBeCloseTo(deviation, 8);
  });
});

describe("deviations", () => {
  it("of a sample divide by n − 1, so that one value has none", () => {
    expect(sampleDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(sampleDeviation([3])).toBeNaN();
    expect(mean([])).toBeNaN();
  });

  it("of a share", () => {
    expect(binomialDeviation(0.5, 100)).toBe(0.05);
    expect(binomialDeviation(0.99, 10_000)).toBeCloseTo(0.000995, 6);
    expect(binomialDeviation(1, 100)).toBe(0);
  });
});
