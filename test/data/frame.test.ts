import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { framed, framingOf } from "../../src/data/transforms/frame.js";
import type { Pixels } from "../../src/data/transforms/pixels.js";
import { digits } from "../../src/index.js";

const data = digits({ train: 10, test: 200 });
const imageOf = (index: number) => data.test.images.subarray(index * 784, (index + 1) * 784);
const images = Array.from({ length: 100 }, (_, index) => imageOf(index));
const framing = framingOf(data, images);

/** A bar on a ground, somewhere in a picture. */
function barPicture(side: number, top: number, left: number, ground: number, ink: number): Pixels {
  const values = new Uint8Array(side * side).fill(ground);
  for (let row = 0; row < side / 3; row++) {
    for (let column = 0; column < side / 12; column++) {
      values[(top + row) * side + left + column] = ink;
    }
  }
  return { rows: side, columns: side, channels: 1, values };
}

describe("the framing of data", () => {
  it("of handwritten digits is light on dark and centred", () => {
    expect(framing.isDark).toBe(true);
    expect(framing.centred!.extent).toBeGreaterThan(0.6);
    expect(framing.centred!.extent).toBeLessThan(0.9);
  });

  it("of dark marks on light, of colours and of nothing is neither", () => {
    const inverted = images.map((image) => image.map((byte) => 255 - byte));
    expect(framingOf(data, inverted)).toEqual({ isDark: false });
    expect(framingOf({ channels: 3, rows: 1, columns: 1 }, [[0, 0, 0]])).toEqual({ isDark: false });
    expect(framingOf(data, [])).toEqual({ isDark: false });
  });

  it("of marks at the border is dark only", () => {
    const full = Array.from({ length: 10 }, () => {
      const image = new Uint8Array(784);
      image.fill(255, 300, 500);
      image.fill(0, 0, 28);
      return image;
    });
    expect(framingOf(data, full)).toEqual({ isDark: true });
  });
});

describe("a framed picture", () => {
  it("of the data's own size stays as it is", () => {
    const picture = { rows: 28, columns: 28, channels: 1, values: imageOf(3) };
    expect(framed(picture, data, framing)).toEqual({ picture, isInverted: false });
  });

  it("is inverted where it is dark on light, and only then", () => {
    const values = imageOf(3).map((byte) => 255 - byte);
    const picture = { rows: 28, columns: 28, channels: 1, values };
    const found = framed(picture, data, framing);
    expect(found.isInverted).toBe(true);
    expect(found.picture.values).toEqual(imageOf(3));
    expect(framed(picture, data, { isDark: false }).isInverted).toBe(false);
  });

  it("does not depend on where the marks lie, how large the picture is, or what paper it is on", () => {
    const expected = framed(barPicture(120, 40, 55, 0, 255), data, framing).picture.values;
    const places = fc.record({
      side: fc.constantFrom(60, 120, 240),
      top: fc.double({ min: 0.05, max: 0.6, noNaN: true }),
      left: fc.double({ min: 0.05, max: 0.85, noNaN: true }),
      ground: fc.constantFrom(0, 20, 255, 230, 200),
    });
    fc.assert(
      fc.property(places, ({ side, top, left, ground }) => {
        const ink = ground > 128 ? 10 : 255;
        const at = (share: number) => Math.floor(share * side);
        const picture = barPicture(side, at(top), at(left), ground, ink);
        const found = framed(picture, data, framing).picture.values;
        const apart = found.map((value, index) => Math.abs(value - expected[index]!));
        expect(Math.max(...apart)).toBeLessThanOrEqual(2);
      }),
      { numRuns: 60 },
    );
  });

  it("takes grey for colour and colour for grey, and a blank sheet", () => {
    const grey = { rows: 2, columns: 2, channels: 1, values: Uint8Array.of(1, 2, 3, 4) };
    const shape = { channels: 3, rows: 2, columns: 2 };
    const colour = framed(grey, shape, { isDark: false }).picture;
    expect([...colour.values]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    expect(framed(colour, { ...shape, channels: 1 }, { isDark: false }).picture).toEqual(grey);
    const blank = { rows: 50, columns: 50, channels: 1, values: new Uint8Array(2500).fill(255) };
    expect(framed(blank, data, framing).picture.values).toEqual(new Uint8Array(784));
  });
});
