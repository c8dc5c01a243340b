import { describe, expect, it } from "vitest";
import { warpStripData } from "../../src/report/transformer-data.js";
import { transformerFigure } from "../../src/report/transformer-figure.js";
import { fakeRun, fakeViews } from "./fixtures.js";
import { expectWellFormed } from "./well-formed.js";

const viewsWith = (...thetas: readonly (readonly number[])[]) => {
  const views = fakeViews("places");
  return { ...views, images: thetas.map((theta) => ({ ...views.images[0]!, theta })) };
};
const drawn = (...thetas: readonly (readonly number[])[]) =>
  transformerFigure(fakeRun("stn", [[0.1, 9700]], { views: viewsWith(...thetas) }))!;
const identity = [1, 0, 0, 0, 1, 0];
const scale = (by: number) => [by, 0, 0, 0, by, 0];

describe("the strip of warps", () => {
  it("has panels of one size, however far the quadrilaterals reach", () => {
    const panels = (svg: string) => [...svg.matchAll(/<svg width="(\d+)" height="(\d+)"/g)];
    const sizes = [drawn(identity, scale(0.2)), drawn(scale(1.4), scale(9))]
      .flatMap(({ svg }) => panels(svg))
      .map(([, width, height]) => `${width}×${height}`);
    expect(sizes).toHaveLength(4);
    expect(new Set(sizes).size).toBe(1);
    const size = (svg: string) => /^<svg [^>]*?(width="\d+" height="\d+")/.exec(svg)![1];
    expect(size(drawn(scale(9)).svg)).toBe(size(drawn(scale(2)).svg));
  });

  it("marks the corners that are clipped, and says so", () => {
    const marks = (svg: string) => svg.match(/M7,0L-4,-5.5L-4,5.5Z/g)?.length ?? 0;
    const within = drawn(identity, scale(1.5));
    expect(marks(within.svg)).toBe(0);
    expect(within.caption).not.toContain("is clipped");
    // All four corners of the large one, the two at the right of the shifted one.
    const beyond = drawn(scale(3), [1, 0, 1, 0, 1, 0]);
    expectWellFormed(beyond.svg);
    expect(marks(beyond.svg)).toBe(4 + 2);
    expect(beyond.caption).toContain("is clipped; triangles at the edge point to its corners");
  });

  it("says in words what happens to the picture", () => {
    const { svg, caption } = drawn(identity, scale(0.5), scale(2));
    expect(svg).toContain(">unchanged</text>");
    expect(svg).toContain(">enlarged 2.00×</text>");
    expect(svg).toContain(">shrunk to 0.50×</text>");
    expect(caption).toContain("a larger quadrilateral shrinks the image");
  });

  it("is drawn without a quadrilateral where theta is not finite", () => {
    const { svg } = drawn([Number.NaN, 0, 0, 0, 1, 0]);
    expect(svg).toContain(">theta is not finite</text>");
    expect(svg).not.toContain("NaN");
  });
});

describe("warpStripData", () => {
  it("has the corners of what is looked at, in input pixels", () => {
    const [image] = warpStripData("stn", viewsWith(scale(0.5)))!.images;
    expect(image!.corners).toEqual([
      [0.5, 0.5],
      [2.5, 0.5],
      [2.5, 2.5],
      [0.5, 2.5],
    ]);
    expect(image!.words).toEqual(["enlarged 2.00×"]);
  });

  it("leaves out images that were not warped", () => {
    const views = viewsWith(identity);
    const plain = views.images.map(({ warped: _, ...image }) => image);
    expect(warpStripData("stn", { ...views, images: plain })).toBeUndefined();
    expect(warpStripData("cnn", undefined)).toBeUndefined();
  });
});
