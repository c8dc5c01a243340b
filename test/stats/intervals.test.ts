import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differenceInterval, wilsonInterval } from "../../src/stats/intervals.js";

const rounded = ({ low, high }: { low: number; high: number }) => [low.toFixed(4), high.toFixed(4)];

describe("wilsonInterval", () => {
  // Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3.
  it.each([
    [81, 263, ["0.2553", "0.3662"]],
    [15, 148, ["0.0624", "0.1605"]],
    [0, 20, ["0.0000", "0.1611"]],
    [1, 29, ["0.0061", "0.1718"]],
  ])("of %i of %i is that of the literature", (correct, total, interval) => {
    expect(rounded(wilsonInterval(correct, total))).toEqual(interval);
  });

  it("holds the share, stays within 0..1, and mirrors", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.nat(), (total, any) => {
        const correct = any % (total + 1);
        const { low, high } = wilsonInterval(correct, total);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(correct / total);
        expect(high).toBeGreaterThanOrEqual(correct / total);
        expect(high).toBeLessThanOrEqual(1);
        const mirrored = wilsonInterval(total - correct, total);
        expect(mirrored.low).toBeCloseTo(1 - high, 12);
        expect(mirrored.high).toBeCloseTo(1 - low, 12);
      }),
    );
  });

  it("is wider for more confidence, and the share itself for none", () => {
    const narrow = wilsonInterval(9932, 10_000, 0.68);
    const wide = wilsonInterval(9932, 10_000);
    expect(wide).toEqual(wilsonInterval(9932, 10_000, 0.95));
    expect(wide.low).toBeLessThan(narrow.low);
    expect(wide.high).toBeGreaterThan(narrow.high);
    expect(wilsonInterval(9932, 10_000, 0)).toEqual({ low: 0.9932, high: 0.9932 });
  });
});

describe("differenceInterval", () => {
  // Newcombe, Interval estimation for the difference, 1998, table II, method 10.
  it.each([
    [9, 3, 10, ["0.1705", "0.8090"]],
    [10, 0, 10, ["0.6075", "1.0000"]],
  ])("of %i and %i of %i is that of the literature", (one, other, total, interval) => {
    expect(rounded(differenceInterval(one, other, total))).toEqual(interval);
  });

  it("changes its sign with the order", () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (one, other) => {
        const there = differenceInterval(one, other, 500);
        const back = differenceInterval(other, one, 500);
        expect(there.low).toBeCloseTo(-back.high, 12);
        expect(there.high).toBeCloseTo(-back.low, 12);
        expect(there.low).toBeLessThanOrEqual((one - other) / 500);
        expect(there.high).toBeGreaterThanOrEqual((one - other) / 500);
      }),
    );
  });
});
