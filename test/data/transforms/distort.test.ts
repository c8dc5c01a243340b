import { describe, expect, it } from "vitest";
import type { ImageSet } from "../../../src/data/dataset.js";
import { digits } from "../../../src/data/sources/digits.js";
import { type Distortion, distort, distortInTurn } from "../../../src/data/transforms/distort.js";
import { sha256 } from "../../../src/sha256.js";

const shape = { channels: 1, rows: 3, columns: 3 };
const set = {
  count: 1,
  images: Uint8Array.from([10, 20, 30, 40, 50, 60, 70, 80, 90]),
  labels: Uint8Array.of(4),
};
const pixels = (distortion: Distortion) => [...distort(set, shape, distortion).images];

describe("distort", () => {
  it("shifts right and down, with zeros where nothing was", () => {
    expect(pixels({ kind: "shift", right: 1, down: 0 })).toEqual([0, 10, 20, 0, 40, 50, 0, 70, 80]);
    expect(pixels({ kind: "shift", right: 0, down: -2 })).toEqual([70, 80, 90, 0, 0, 0, 0, 0, 0]);
  });

  it("interpolates where a shift is not whole", () => {
    expect(pixels({ kind: "shift", right: 0.5, down: 0 })).toEqual([
      5, 15, 25, 20, 45, 55, 35, 75, 85,
    ]);
  });

  it("turns clockwise", () => {
    expect(pixels({ kind: "rotate", degrees: 90 })).toEqual([70, 40, 10, 80, 50, 20, 90, 60, 30]);
    expect(pixels({ kind: "rotate", degrees: -90 })).toEqual([30, 60, 90, 20, 50, 80, 10, 40, 70]);
  });

  it("enlarges and shrinks about the centre", () => {
    expect(pixels({ kind: "scale", factor: 2 })).toEqual([30, 35, 40, 45, 50, 55, 60, 65, 70]);
    expect(pixels({ kind: "scale", factor: 0.5 })).toEqual([0, 0, 0, 0, 50, 0, 0, 0, 0]);
  });

  it("leans to the right, above the centre to the right and below it to the left", () => {
    expect(pixels({ kind: "shear", degrees: 45 })).toEqual([0, 10, 20, 40, 50, 60, 80, 90, 0]);
    expect(pixels({ kind: "shear", degrees: -45 })).toEqual([20, 30, 0, 40, 50, 60, 0, 70, 80]);
  });

  it("exchanges black and white", () => {
    expect(pixels({ kind: "invert" })).toEqual([245, 235, 225, 215, 205, 195, 185, 175, 165]);
  });

  it.each<Distortion>([
    { kind: "shift", right: 0, down: 0 },
    { kind: "rotate", degrees: 0 },
    { kind: "scale", factor: 1 },
    { kind: "shear", degrees: 0 },
    { kind: "noise", deviation: 0, seed: 1 },
  ])("changes nothing where there is nothing to change: %j", (distortion) => {
    expect(distort(set, shape, distortion)).toEqual(set);
  });

  it("keeps channels apart", () => {
    const rgb = { count: 1, images: Uint8Array.of(1, 2, 3, 4, 5, 6), labels: Uint8Array.of(0) };
    const wide = { channels: 3, rows: 1, columns: 2 };
    expect([...distort(rgb, wide, { kind: "shift", right: 1, down: 0 }).images]).toEqual([
      0, 0, 0, 1, 2, 3,
    ]);
  });

  it("adds noise of the given deviation, different for every image and seed", () => {
    const grey = {
      count: 50,
      images: new Uint8Array(50 * 784).fill(128),
      labels: new Uint8Array(50),
    };
    const size = { channels: 1, rows: 28, columns: 28 };
    const noisy = distort(grey, size, { kind: "noise", deviation: 0.1, seed: 0 }).images;
    const mean = noisy.reduce((sum, x) => sum + x, 0) / noisy.length;
    const variance = noisy.reduce((sum, x) => sum + (x - mean) ** 2, 0) / noisy.length;
    expect(Math.abs(mean - 128)).toBeLessThan(0.6);
    expect(Math.abs(Math.sqrt(variance) - 25.5)).toBeLessThan(0.5);
    expect(noisy.subarray(0, 784)).not.toEqual(noisy.subarray(784, 1568));
    expect(distort(grey, size, { kind: "noise", deviation: 0.1, seed: 1 }).images).not.toEqual(
      noisy,
    );
  });

  it("gives the same bytes everywhere", () => {
    const { test, ...rest } = digits({ train: 1, test: 20 });
    const distortions: Distortion[] = [
      { kind: "shift", right: 1.25, down: -3 },
      { kind: "rotate", degrees: 33 },
      { kind: "scale", factor: 1.3 },
      { kind: "noise", deviation: 0.2, seed: 5 },
    ];
    const images = distortions.map((distortion) => distort(test, rest, distortion).images);
    expect(sha256(...images).slice(0, 16)).toBe("1cc5dd87d31f2ed4");
  });
});

describe("distortInTurn", () => {
  const inTurn = (...distortions: Distortion[]) => [
    ...distortInTurn(set, shape, distortions).images,
  ];

  it("is one distortion after the other where nothing is between pixels", () => {
    const steps: Distortion[] = [
      { kind: "rotate", degrees: 90 },
      { kind: "shift", right: 1, down: 0 },
      { kind: "invert" },
      { kind: "shear", degrees: 45 },
    ];
    for (let count = 0; count <= steps.length; count++) {
      const some = steps.slice(0, count);
      let expected: ImageSet = set;
      for (const step of some) expected = { ...set, images: distort(expected, shape, step).images };
      expect(inTurn(...some)).toEqual([...expected.images]);
    }
  });

  it("samples once: a movement and its opposite leave what they do not push out", () => {
    const [there, back] = [0.5, -0.5].map((right) => ({ kind: "shift", right, down: 0 }) as const);
    expect(inTurn(there!, back!)).toEqual([...set.images]);
    const turns = [30, -30].map((degrees) => ({ kind: "rotate", degrees }) as const);
    expect(inTurn(...turns)).toEqual([...set.images]);
  });
});
