import { describe, expect, it } from "vitest";
import type { ImageView, Views } from "../../src/inspect/view-types.js";
import { attentionData } from "../../src/report/attention-data.js";
import { attentionFigure } from "../../src/report/attention-figure.js";
import { legendMultiples, multipleColor, topMultiple } from "../../src/report/attention-scale.js";
import type { Rgb } from "../../src/report/palette.js";
import { fakeRun, fakeViews } from "./fixtures.js";
import { picturesOf } from "./pixels.js";
import { expectWellFormed } from "./well-formed.js";

/** A view of one 4×4 image with attention over the positions of 4×4 maps, one list of weights per map. */
function viewsOf(...maps: readonly (readonly number[])[]): Views {
  const views = fakeViews("places");
  const attention = maps.map((weights, index) => ({
    block: `block${index + 1}`,
    over: "places" as const,
    rows: 4,
    columns: 4,
    place: 5,
    weights: [weights],
  }));
  return { ...views, images: [{ ...views.images[0]!, attention }] };
}

const figureOf = (views: Views) => attentionFigure(fakeRun("mha", [[0.2, 9400]], { views }))!;
const mapsOf = (svg: string) =>
  picturesOf(svg).filter(({ label }) => label.startsWith("attention of"));

const uniform = Array.from({ length: 16 }, () => 1 / 16);
/** A half at one position, the rest elsewhere alike. */
const sharp = Array.from({ length: 16 }, (_, at) => (at === 3 ? 0.5 : 0.5 / 15));

describe("attention over positions", () => {
  it("draws uniform attention in one colour, that of ×1", () => {
    const [map] = mapsOf(figureOf(viewsOf(uniform)).svg);
    expect(new Set(map!.colors)).toEqual(new Set([hex(multipleColor(1))]));
  });

  it("draws equal weights in equal colours in all maps, whatever else is in them", () => {
    const half = Array.from({ length: 16 }, (_, at) => (at === 0 || at === 3 ? 0.5 : 0));
    const [first, second] = mapsOf(figureOf(viewsOf(sharp, half)).svg);
    expect(first!.colors[3]).toBe(second!.colors[3]);
    expect(first!.colors[0]).not.toBe(second!.colors[0]);
    const alone = mapsOf(figureOf(viewsOf(sharp)).svg);
    expect(alone[0]!.colors).toEqual(first!.colors);
  });

  it("draws equal multiples in equal colours in maps of different sizes", () => {
    const { images, ...size } = viewsOf(uniform);
    const [view] = images[0]!.attention!;
    const small = { ...view!, rows: 2, columns: 2, place: 0, weights: [[0.25, 0.25, 0.25, 0.25]] };
    const image: ImageView = { ...images[0]!, attention: [view!, small] };
    const maps = mapsOf(figureOf({ ...size, images: [image] }).svg);
    expect(maps.map(({ rows }) => rows)).toEqual([4, 2]);
    expect(new Set(maps.flatMap(({ colors }) => colors)).size).toBe(1);
  });

  it("draws large weights bright and uniform attention dark", () => {
    const [calm, clear] = mapsOf(figureOf(viewsOf(uniform, sharp)).svg);
    expect(brightness(calm!.colors[0]!)).toBeLessThan(0.25);
    expect(brightness(clear!.colors[3]!)).toBeGreaterThan(2 * brightness(calm!.colors[3]!));
    expect(brightness(clear!.colors[0]!)).toBeLessThan(brightness(calm!.colors[0]!));
  });

  it("has a legend with the multiples", () => {
    const { svg, caption } = figureOf(viewsOf(uniform));
    for (const multiple of legendMultiples) {
      expect(svg).toContain(`>${multiple === 0 ? "0" : `×${multiple}`}</text>`);
    }
    expect(picturesOf(svg).filter(({ label }) => label === "colour scale")).toHaveLength(1);
    expect(caption).toContain("All maps of all figures have the same logarithmic colour scale");
  });

  it("writes the largest weight under each map, and says where it is above the scale", () => {
    const { svg, caption } = figureOf(viewsOf(uniform, sharp));
    expect(svg).toContain(">max ×1.0</text>");
    expect(svg).toContain(">max ×8.0</text>");
    expect(caption).not.toContain(`Above ×${topMultiple}`);
    const many = Array.from({ length: 36 }, (_, at) => (at === 0 ? 1 : 0));
    const views = viewsOf(many);
    const [view] = views.images[0]!.attention!;
    const attention = [{ ...view!, rows: 6, columns: 6 }];
    const above = figureOf({ ...views, images: [{ ...views.images[0]!, attention }] });
    expect(above.svg).toMatch(/>max ×36\.0<\/text><text [^>]*>above the scale<\/text>/);
    expect(above.caption).toContain(`Above ×${topMultiple} the colour stays the same`);
    expect(mapsOf(above.svg)[0]!.colors[0]).toBe(hex(multipleColor(topMultiple)));
  });

  it("is well-formed for images of three channels, which have no outline", () => {
    const views = viewsOf(uniform);
    const pixels = Array.from({ length: 48 }, (_, at) => at);
    const colored = { ...views, channels: 3, images: [{ ...views.images[0]!, pixels }] };
    expectWellFormed(figureOf(colored).svg);
    expect(figureOf(views).svg).toContain('stroke-width="0.9"');
    expect(figureOf(colored).svg).not.toContain('stroke-width="0.9"');
  });
});

describe("attention over the batch", () => {
  const views = (...heads: readonly (readonly number[])[]): Views => {
    const { images, ...size } = fakeViews("batch");
    const attention = images[0]!.attention!.map((view) => ({ ...view, weights: heads }));
    return {
      ...size,
      images: [
        { ...images[0]!, attention },
        { ...images[1]!, attention: [] },
      ],
    };
  };
  /** Heights of the bars, in order. */
  const barsOf = (svg: string) =>
    [...svg.matchAll(/<rect [^>]*height="([\d.]+)"[^>]*fill-opacity="[\d.]+"/g)].map(([, height]) =>
      Number(height),
    );

  it("has bars of one scale for all heads", () => {
    const { svg } = figureOf(views([0.5, 0.5], [0.9, 0.1]));
    const [a, b, c, d] = barsOf(svg) as [number, number, number, number];
    expect(a).toBe(b);
    expect(c / a).toBeCloseTo(0.9 / 0.5, 2);
    expect(d / a).toBeCloseTo(0.1 / 0.5, 2);
  });

  it("has the even share as a dashed line at the height of an even bar", () => {
    const { svg } = figureOf(views([0.5, 0.5], [0.9, 0.1]));
    const lines = [...svg.matchAll(/d="M[\d.]+,([\d.]+)H[^"]*"[^>]*stroke-dasharray="3 3"/g)];
    const bar = /<rect x="[\d.]+" y="([\d.]+)"[^>]*fill-opacity/.exec(svg)!;
    expect(lines).toHaveLength(2);
    expect(lines[0]![1]).toBe(bar[1]);
    expect(svg).toContain(">×1 · 50 %</text>");
    expect(svg).toContain(">×2 · 100 %</text>");
  });

  it("says how much is on other images, and where, counted from 1", () => {
    const { svg, caption } = figureOf(fakeViews("batch"));
    expect(caption).toContain("each of the 2 images of its batch");
    expect(svg).toContain("75.0 % of the weight on other images");
    expect(svg).toContain("row 2, column 2 of 2×2");
  });
});

describe("attentionData", () => {
  it("has every weight as a multiple of the even share", () => {
    const data = attentionData("mha", viewsOf(uniform, sharp))!;
    expect(
      data.over === "positions" && data.images[0]!.maps.map(({ multiples }) => multiples[3]),
    ).toEqual([1, 8]);
  });

  it("knows which of the batch's images is the one that attends", () => {
    const data = attentionData("mha-batch", fakeViews("batch"))!;
    expect(data.over === "batch" && data.images.map(({ own }) => own)).toEqual([0, 1]);
    expect(data.over === "batch" && data.most).toBe(1.5);
  });

  it("is undefined where no view attends", () => {
    expect(attentionData("cnn", undefined)).toBeUndefined();
    expect(attentionData("cnn", { ...fakeViews("batch"), images: [] })).toBeUndefined();
  });
});

function hex(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Rec. 709 luma, 0..1. */
function brightness(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return (0.2126 * red! + 0.7152 * green! + 0.0722 * blue!) / 255;
}
