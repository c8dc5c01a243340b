import { describe, expect, it } from "vitest";
import { warpWords } from "../../src/report/warp-words.js";

const rotation = (degrees: number) => {
  const angle = (degrees * Math.PI) / 180;
  return [Math.cos(angle), -Math.sin(angle), 0, Math.sin(angle), Math.cos(angle), 0];
};

describe("warpWords", () => {
  it("says that the identity changes nothing", () => {
    expect(warpWords([1, 0, 0, 0, 1, 0], 28, 28)).toEqual(["unchanged"]);
    expect(warpWords([1.001, 0, 0, 0, 1, 0.01], 28, 28)).toEqual(["hardly changed"]);
  });

  it("tells what happens to the picture, the opposite of what happens to the quadrilateral", () => {
    // Samples half of the width and height, which is shown at twice the size.
    expect(warpWords([0.5, 0, 0, 0, 0.5, 0], 28, 28)).toEqual(["enlarged 2.00×"]);
    expect(warpWords([2, 0, 0, 0, 2, 0], 28, 28)).toEqual(["shrunk to 0.50×"]);
    // Samples a quarter of the half width further right, so the image moves 3.5 of 28 pixels to the left.
    expect(warpWords([1, 0, 0.25, 0, 1, 0], 28, 28)).toEqual(["shifted left 3.5 px"]);
    expect(warpWords([1, 0, 0, 0, 1, -0.25], 28, 28)).toEqual(["shifted down 3.5 px"]);
    // y points down, so a positive angle turns the quadrilateral clockwise.
    expect(warpWords(rotation(12), 28, 28)).toEqual(["turned 12° anticlockwise"]);
    expect(warpWords(rotation(-12), 28, 28)).toEqual(["turned 12° clockwise"]);
  });

  it("keeps width and height, slant and mirror apart", () => {
    expect(warpWords([0.5, 0, 0, 0, 0.8, 0], 28, 28)).toEqual(["enlarged 2.00 × 1.25"]);
    expect(warpWords([0.5, 0, 0, 0, 1.25, 0], 28, 28)).toEqual(["scaled 2.00 × 0.80"]);
    // The output's lower rows sample further right, so the lower half of the image moves to the left.
    expect(warpWords([1, 0.2, 0, 0, 1, 0], 28, 28)).toEqual(["slanted 11° right"]);
    expect(warpWords([-1, 0, 0, 0, 1, 0], 28, 28)).toEqual(["mirrored left to right"]);
  });

  it("turns an oblong picture in pixels, where theta has lengths of the sides", () => {
    const [a, b, , d, e] = rotation(30);
    const theta = [a!, (b! * 20) / 40, 0, (d! * 40) / 20, e!, 0];
    expect(warpWords(theta, 20, 40)).toEqual(["turned 30° anticlockwise"]);
  });

  it("says where nothing of the image is left, or theta is not finite", () => {
    expect(warpWords([1, 0, 0, 1, 0, 0], 28, 28)).toEqual(["looks at a line or a point"]);
    expect(warpWords([0, 0, 0, 0, 0, 0], 28, 28)).toEqual(["looks at a line or a point"]);
    expect(warpWords([Number.NaN, 0, 0, 0, 1, 0], 28, 28)).toEqual(["theta is not finite"]);
  });

  it.each([
    [0.83, 0.32, -0.12, -0.18, 0.95, 0.04],
    [-0.6, 0.9, 0.3, -0.8, -0.7, -0.2],
    [0.2, 1.4, 0.1, 1.1, -0.3, 0.6],
  ])("leads back to the input: %j %j %j %j %j %j", (...theta) => {
    const [rows, columns] = [28, 20];
    const [a, b, x, d, e, y] = theta as [number, number, number, number, number, number];
    for (const [u, v] of [
      [-0.9, -0.8],
      [0.7, -0.4],
      [0.2, 0.9],
    ] as const) {
      const input = [((a * u + b * v + x) * columns) / 2, ((d * u + e * v + y) * rows) / 2];
      const [right, down] = followed(warpWords(theta, rows, columns), input as [number, number]);
      expect(Math.abs(right - (u * columns) / 2)).toBeLessThan(1);
      expect(Math.abs(down - (v * rows) / 2)).toBeLessThan(1);
    }
  });
});

/** The image of an input point according to the words alone, in pixels from the centre. */
function followed(words: readonly string[], point: [number, number]): [number, number] {
  return words.reduce<[number, number]>(([x, y], text) => {
    const numbers = [...text.matchAll(/[\d.]+/g)].map(Number);
    const angle = ((numbers[0] ?? 0) * Math.PI) / 180;
    if (text.startsWith("turned")) {
      const turn = text.endsWith(" clockwise") ? angle : -angle;
      return [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn)];
    }
    if (text.startsWith("slanted")) {
      return [x - (text.endsWith("right") ? 1 : -1) * Math.tan(angle) * y, y];
    }
    if (text.startsWith("mirrored")) return [-x, y];
    if (text.startsWith("shifted")) {
      const by = (forwards: string, backwards: string) => {
        const [, word, pixels] =
          new RegExp(`(${forwards}|${backwards}) ([\\d.]+)`).exec(text) ?? [];
        return word === undefined ? 0 : Number(pixels) * (word === forwards ? 1 : -1);
      };
      return [x + by("right", "left"), y + by("down", "up")];
    }
    return [x * numbers[0]!, y * (numbers[1] ?? numbers[0]!)];
  }, point);
}
