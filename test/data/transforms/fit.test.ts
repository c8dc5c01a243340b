import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { overWhite, toGrey } from "../../../src/data/transforms/colours.js";
import { fits, fitTo } from "../../../src/data/transforms/fit.js";
import { resize } from "../../../src/data/transforms/resize.js";

const grey = (rows: number, values: readonly number[]) => ({
  rows,
  columns: values.length / rows,
  channels: 1,
  values: Uint8Array.from(values),
});
const side = fc.integer({ min: 1, max: 24 });

describe("resize", () => {
  test("half the size is the mean of four pixels, rounded", () => {
    const small = resize(grey(2, [0, 10, 100, 101, 4, 7, 100, 102]), 1, 2);
    expect([...small.values]).toEqual([5, 101]);
  });

  test("a third of a pixel counts a third", () => {
    expect([...resize(grey(1, [0, 90, 180]), 1, 2).values]).toEqual([30, 150]);
  });

  test("twice the size lies between the centres", () => {
    expect([...resize(grey(1, [0, 100]), 1, 4).values]).toEqual([0, 25, 75, 100]);
  });

  test("one colour stays, whatever the sizes, and nothing leaves the range", () => {
    fc.assert(
      fc.property(side, side, side, side, fc.integer({ min: 0, max: 255 }), (a, b, c, d, value) => {
        const resized = resize(grey(a, new Array(a * b).fill(value)), c, d);
        expect([...resized.values]).toEqual(new Array(c * d).fill(value));
      }),
    );
  });
});

describe("fit", () => {
  test("pad keeps all of it and fills with the edge's mean", () => {
    const padded = fitTo(grey(2, [10, 10, 10, 10, 20, 20, 20, 20]), 4, 4, "pad");
    expect([...padded.values.subarray(0, 4)]).toEqual([15, 15, 15, 15]);
    expect([...padded.values.subarray(4, 12)]).toEqual([10, 10, 10, 10, 20, 20, 20, 20]);
  });

  test("crop keeps the middle", () => {
    expect([...fitTo(grey(1, [1, 2, 3, 4, 5]), 1, 1, "crop").values]).toEqual([3]);
  });

  test("stretch uses every pixel", () => {
    expect([...fitTo(grey(1, [0, 100]), 2, 1, "stretch").values]).toEqual([50, 50]);
  });

  test("every way gives the size that was asked for", () => {
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom(...fits), (a, b, c, d, how) => {
        const { rows, columns, values } = fitTo(grey(a, new Array(a * b).fill(9)), c, d, how);
        expect([rows, columns, values.length]).toEqual([c, d, c * d]);
        expect(values.every((value) => value === 9)).toBe(true);
      }),
    );
  });
});

describe("colours", () => {
  test("alpha lies over white", () => {
    const values = Uint8Array.from([10, 0, 10, 255, 0, 128]);
    const laid = overWhite({ rows: 1, columns: 3, channels: 2, values });
    expect([...laid.values]).toEqual([255, 10, 127]);
  });

  test("grey is what Pillow's mode L is", () => {
    const values = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]);
    expect([...toGrey({ rows: 1, columns: 4, channels: 3, values }).values]).toEqual([
      76, 150, 29, 9,
    ]);
  });
});
