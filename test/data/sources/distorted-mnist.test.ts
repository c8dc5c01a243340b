import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../../src/data/dataset.js";
import { knownDataName } from "../../../src/data/known-data.js";
import { loadData } from "../../../src/data/load.node.js";
import { digits } from "../../../src/data/sources/digits.js";
import { distortedMnist } from "../../../src/data/sources/distorted-mnist.js";
import { type DistortedName, distortedNames } from "../../../src/data/sources/distorted-names.js";
import { quadToSquare } from "../../../src/data/transforms/homography.js";
import { InputError } from "../../../src/errors.js";
import { realMnist } from "../real-mnist.js";

const few = digits({ train: 40, test: 30 });

/** SHA-256 of what few digits become: the same on every machine. */
const digests: Record<DistortedName, string> = {
  "mnist-r": "a02c28df8816f73fe8c896f4104a8bcc167c19cc35df433bf2fdfae309a58418",
  "mnist-rts": "0622d4b079c8b6a81419601c08f9a99c2baa45bd572bf65d9fb401022ee1dd48",
  "mnist-p": "ab3f407a7f3fcfe66560cbb652742c68770e165a105ebe9ec18fea379ddfef4f",
  "mnist-e": "f609bd8045dc28a6aaa04a117205f37c9ef72129cf2c1899b93e0cc5ba24b08e",
  "mnist-cluttered": "c9b84edb50675f1e0ed01e156a6f95f59dc5dfc1544606ce2a26d057a09277e6",
  "mnist-rot-12k": "b5603f19d85b3c9013eb21e8afcd63ea966e850e30fa844ba2bc03afa7f0a054",
};
const sides: Partial<Record<DistortedName, number>> = { "mnist-rts": 42, "mnist-cluttered": 60 };

const image = ({ images }: Dataset["train"], at: number, side: number) =>
  images.subarray(at * side * side, (at + 1) * side * side);
const ink = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum + byte, 0);

describe.each(distortedNames)("%s", (name) => {
  const made = distortedMnist(few, name);
  const side = sides[name] ?? 28;

  it("has the same bytes everywhere", () => {
    expect(made.digest).toBe(digests[name]);
    expect(distortedMnist(few, name).digest).toBe(made.digest);
  });

  it("has other bytes with another seed", () => {
    expect(distortedMnist(few, name, { seed: 1 }).digest).not.toBe(made.digest);
  });

  it("has images of its size, that were changed and still have ink", () => {
    expect([made.rows, made.columns, made.channels]).toEqual([side, side, 1]);
    expect(made.train.images.length).toBe(made.train.count * side * side);
    for (let at = 0; at < made.train.count; at++) {
      expect(ink(image(made.train, at, side)), `image ${at}`).toBeGreaterThan(1000);
    }
    const bytes = new Set(
      [...Array(few.train.count).keys()].map((at) => String(image(few.train, at, 28))),
    );
    expect(bytes.has(String(image(made.train, 0, side)))).toBe(false);
  });

  it("says what it was made of, which is no path", () => {
    expect(made).toMatchObject({ name, source: "made of built in", classes: 10 });
  });
});

describe.each(distortedNames.filter((name) => name !== "mnist-rot-12k"))("%s", (name) => {
  const side = sides[name] ?? 28;

  it("keeps labels, and counts", () => {
    const made = distortedMnist(few, name);
    expect([...made.train.labels]).toEqual([...few.train.labels]);
    expect([...made.test.labels]).toEqual([...few.test.labels]);
  });

  it("makes an image of its number alone, unless other digits clutter it", () => {
    if (name === "mnist-cluttered") return expect(side).toBe(60);
    const fewer = distortedMnist(digits({ train: 10, test: 5 }), name);
    const more = distortedMnist(few, name);
    expect([...fewer.train.images]).toEqual([...more.train.images.subarray(0, 10 * side * side)]);
    expect([...fewer.test.images]).toEqual([...more.test.images.subarray(0, 5 * side * side)]);
  });
});

describe("mnist-rot-12k", () => {
  it("takes 12 and 50 seventieths of all images, none twice", () => {
    const numbered: Dataset = {
      ...few,
      train: { ...few.train, labels: Uint8Array.from({ length: 40 }, (_, at) => at) },
      test: { ...few.test, labels: Uint8Array.from({ length: 30 }, (_, at) => 40 + at) },
    };
    const { train, test } = distortedMnist(numbered, "mnist-rot-12k");
    expect([train.count, test.count]).toEqual([12, 50]);
    expect(new Set([...train.labels, ...test.labels]).size).toBe(62);
  });
});

describe("mnist-cluttered", () => {
  it("has the whole digit, and ink of others beside it", () => {
    const made = distortedMnist(few, "mnist-cluttered");
    let more = 0;
    for (let at = 0; at < few.train.count; at++) {
      const [before, after] = [ink(image(few.train, at, 28)), ink(image(made.train, at, 60))];
      expect(after).toBeGreaterThanOrEqual(before);
      if (after > before) more++;
    }
    expect(more).toBeGreaterThan(35);
  });
});

describe("how far images are turned", () => {
  /** A bar from the middle to the right: the angle of its ink is the angle it was turned by. */
  const bar = new Uint8Array(28 * 28);
  for (let c = 15; c < 26; c++) for (const r of [13, 14]) bar[r * 28 + c] = 255;
  const count = 200;
  const images = new Uint8Array(count * 784);
  for (let at = 0; at < count; at++) images.set(bar, at * 784);
  const set = { count, images, labels: new Uint8Array(count) };
  const bars: Dataset = { ...few, train: set, test: set };

  function angles(name: DistortedName): number[] {
    const { train } = distortedMnist(bars, name);
    return Array.from({ length: train.count }, (_, at) => {
      let [x, y] = [0, 0];
      image(train, at, 28).forEach((byte, pixel) => {
        x += byte * ((pixel % 28) - 13.5);
        y += byte * (Math.floor(pixel / 28) - 13.5);
      });
      return (Math.atan2(y, x) * 180) / Math.PI;
    });
  }

  it("mnist-r: by −90 to 90 degrees, all of them", () => {
    const found = angles("mnist-r");
    expect(Math.min(...found)).toBeGreaterThan(-91);
    expect(Math.max(...found)).toBeLessThan(91);
    expect(Math.min(...found)).toBeLessThan(-80);
    expect(Math.max(...found)).toBeGreaterThan(80);
  });

  it("mnist-rot-12k: by any angle", () => {
    const found = angles("mnist-rot-12k");
    for (const from of [-180, -90, 0, 90]) {
      expect(found.some((angle) => angle >= from && angle < from + 90)).toBe(true);
    }
  });
});

describe("the map from a quadrilateral to the square", () => {
  it("takes corners to corners", () => {
    const corners = [
      [-9, -12],
      [11, -7],
      [14, 9],
      [-13, 10],
    ] as const;
    const map = quadToSquare(corners)!;
    const square = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ];
    corners.forEach(([x, y], at) => {
      const to = new Float64Array(2);
      map(x, y, to);
      const [u, v] = to;
      expect(u).toBeCloseTo(square[at]![0]!, 12);
      expect(v).toBeCloseTo(square[at]![1]!, 12);
    });
  });

  it("is none where the corners cross or bend inwards", () => {
    expect(
      quadToSquare([
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
      ]),
    ).toBeUndefined();
    expect(
      quadToSquare([
        [0, 0],
        [4, 0],
        [1, 1],
        [0, 4],
      ]),
    ).toBeUndefined();
  });
});

it("refuses unknown names and seeds", () => {
  expect(() => distortedMnist(few, "mnist-x" as DistortedName)).toThrow(InputError);
  expect(() => distortedMnist(few, "mnist-r", { seed: -1 })).toThrow(InputError);
});

const mnist = realMnist();

describe.skipIf(mnist === undefined)("a set that a name finds", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fovea-distorted-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const load = (options: object = {}) =>
    loadData("mnist-rot-12k", {
      environment: { FOVEA_DATA: mnist },
      preparedFolder: folder,
      ...options,
    });

  it("is made of MNIST once, then kept, and known by its digest", async () => {
    const made = await load();
    expect(made.reason).toBe(`data: mnist-rot-12k, 12,000 + 50,000 images made of ${mnist}`);
    expect(knownDataName(made.data)).toBe("mnist-rot-12k");
    const kept = await load({ environment: {}, mirrors: [] });
    expect(kept.reason).toBe(
      `data: mnist-rot-12k, 12,000 + 50,000 images made of ${mnist} (cache)`,
    );
    // Its bytes are those of its digest, which is checked when it is read.
    const { train: _, test: __, ...facts } = made.data;
    expect(kept.data).toMatchObject(facts);
    expect(kept.data.test.count).toBe(50_000);
  });

  it("has fewer training images where that is asked for", async () => {
    const { data, notes } = await load({ trainImages: 100 });
    expect(data.train.count).toBe(100);
    expect(data.options).toEqual({ trainImages: 100 });
    expect(notes).toEqual(["data: 100 of 12,000 training images, of each class the same share"]);
    expect(knownDataName(data)).toBeUndefined();
    await expect(load({ trainImages: 12_001 })).rejects.toThrow(
      "data: expected trainImages to be a whole number in 1..12000, got 12001",
    );
  });
});
