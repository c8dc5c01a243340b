import { describe, expect, it } from "vitest";
import { affineGridOp } from "../../src/graph/ops/affine-grid.js";
import { partOutside, viewsOutside } from "../../src/inspect/outside.js";
import type { Views } from "../../src/inspect/view-types.js";

const pixels = new Array<number>(20).fill(0);

/** Views of 4×5 images with these thetas. */
function viewsOf(...thetas: readonly (readonly number[] | undefined)[]): Views {
  const images = thetas.map((theta, index) => {
    const image = { index, label: 0, prediction: 0, probability: 1, pixels };
    return theta ? { ...image, theta } : image;
  });
  return { channels: 1, rows: 4, columns: 5, images };
}

describe("viewsOutside", () => {
  it("is 0 for the identity and 1 for a map that misses the image", () => {
    expect(viewsOutside(viewsOf([1, 0, 0, 0, 1, 0]))).toBe(0);
    expect(viewsOutside(viewsOf([1, 0, 3, 0, 1, 0]))).toBe(1);
  });

  it("is the mean over the images that were warped", () => {
    expect(viewsOutside(viewsOf([1, 0, 0, 0, 1, 0], undefined, [1, 0, 3, 0, 1, 0]))).toBe(0.5);
    expect(viewsOutside(viewsOf(undefined))).toBeUndefined();
  });

  it("counts NaN as outside", () => {
    expect(viewsOutside(viewsOf([Number.NaN, 0, 0, 0, 1, 0]))).toBe(1);
  });

  it("counts the points that the network's grid has", () => {
    const theta = [1.3, 0.2, 0.1, -0.3, 0.9, 0.4];
    const grid = affineGridOp.forward({
      inputs: [{ shape: [6], values: Float64Array.from(theta) }],
      parameters: [],
      attributes: { rows: 4, columns: 5, alignCorners: false },
      shape: [2, 4, 5],
    } as never);
    const part = partOutside(grid as Float64Array);
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(1);
    expect(viewsOutside(viewsOf(theta))).toBe(part);
  });
});
