import { describe, expect, it } from "vitest";
import { dodge } from "../../src/report/label-dodge.js";
import { pixelOutline } from "../../src/report/pixel-outline.js";
import { sampledQuadrilateral } from "../../src/report/quadrilateral.js";

describe("dodge", () => {
  it("leaves labels that are apart", () => {
    expect(dodge([100, 10, 50], 15, [0, 200])).toEqual([100, 10, 50]);
  });

  it("moves labels apart evenly and keeps their order", () => {
    expect(dodge([50, 50, 50], 10, [0, 200])).toEqual([40, 50, 60]);
    expect(dodge([52, 50], 10, [0, 200])).toEqual([56, 46]);
  });

  it("stays within the bounds where there is room", () => {
    expect(dodge([2, 1], 10, [0, 200])).toEqual([10, 0]);
    expect(dodge([199, 200], 10, [0, 200])).toEqual([190, 200]);
  });
});

describe("sampledQuadrilateral", () => {
  it("reaches half a pixel beyond the middles for the identity", () => {
    expect(sampledQuadrilateral([1, 0, 0, 0, 1, 0], 28, 20)).toEqual([
      [-0.5, -0.5],
      [19.5, -0.5],
      [19.5, 27.5],
      [-0.5, 27.5],
    ]);
  });

  it("maps corners from output to input", () => {
    // Half the size, turned by 90 degrees and moved: x_in = −y / 2 + 0.25, y_in = x / 2.
    expect(sampledQuadrilateral([0, -0.5, 0.25, 0.5, 0, 0], 8, 8)).toEqual([
      [6.5, 1.5],
      [6.5, 5.5],
      [2.5, 5.5],
      [2.5, 1.5],
    ]);
  });
});

describe("pixelOutline", () => {
  const box = { x: 10, y: 20, width: 8, height: 6 };

  it("goes along the edges between dark and bright pixels, in one stroke where they go on", () => {
    // A bright bar of two pixels at the left edge of the middle row.
    const bytes = [0, 0, 0, 0, 255, 200, 0, 0, 0, 10, 0, 0];
    const d = pixelOutline({ rows: 3, columns: 4, channels: 1, bytes }, box);
    expect(d).toBe("M10,22H14M10,24H14M10,22V24M14,22V24");
  });

  it("is empty where nothing is brighter than the rest", () => {
    const bytes = new Array<number>(12).fill(7);
    expect(pixelOutline({ rows: 3, columns: 4, channels: 1, bytes }, box)).toBe("");
  });
});
