import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, quantile } from "../../src/stats/quantiles.js";

describe("quantile", () => {
  // quantile(1:10) of R's documentation, whose default is Hyndman and Fan's definition 7.
  it.each([
    [0, 1],
    [0.25, 3.25],
    [0.5, 5.5],
    [0.75, 7.75],
    [1, 10],
  ])("%d of 1..10 is R's", (part, value) => {
    expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], part)).toBe(value);
  });

  it("interpolates between neighbours, and not where it is a value", () => {
    expect(quantile([1, 2, 4], 0.75)).toBe(3);
    expect(quantile([1, 2, Infinity], 0.5)).toBe(2);
    expect(quantile([7], 0.3)).toBe(7);
  });
});

describe("median", () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[5], 5],
    [[10, 9, 100], 10],
  ])("of %j is %d", (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it("has as many values below as above, and leaves the order as it is", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const before = [...values];
        const middle = median(values);
        expect(values).toEqual(before);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});
