import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { Dataset, ImageSet } from "../../../src/data/dataset.js";
import { digits } from "../../../src/data/sources/digits.js";
import { inputError } from "../mnist-fixtures.js";

const PIXELS = 28 * 28;

function hash(...parts: Uint8Array[]): string {
  const sha = createHash("sha256");
  for (const part of parts) sha.update(part);
  return sha.digest("hex");
}

/** Test accuracy of softmax regression after some passes over the training images. */
function linearAccuracy(train: ImageSet, test: ImageSet, passes: number): number {
  // [784, 10]: of an image, only pixels with ink are read.
  const weights = new Float32Array(PIXELS * 10);
  const bias = new Float32Array(10);
  const scores = new Float64Array(10);
  const score = (set: ImageSet, i: number) => {
    scores.set(bias);
    for (let p = 0; p < PIXELS; p++) {
      const pixel = set.images[i * PIXELS + p]!;
      if (pixel === 0) continue;
      for (let k = 0; k < 10; k++) scores[k]! += weights[p * 10 + k]! * pixel;
    }
  };
  const slopes = new Float64Array(10);
  for (let step = 0; step < passes * train.count; step++) {
    const i = step % train.count;
    score(train, i);
    const most = Math.max(...scores);
    let total = 0;
    for (let k = 0; k < 10; k++) {
      scores[k] = Math.exp(scores[k]! - most);
      total += scores[k]!;
    }
    for (let k = 0; k < 10; k++) {
      slopes[k] = 4e-7 * (scores[k]! / total - (train.labels[i] === k ? 1 : 0));
      bias[k]! -= slopes[k]!;
    }
    for (let p = 0; p < PIXELS; p++) {
      const pixel = train.images[i * PIXELS + p]!;
      if (pixel === 0) continue;
      for (let k = 0; k < 10; k++) weights[p * 10 + k]! -= slopes[k]! * pixel;
    }
  }
  let correct = 0;
  for (let i = 0; i < test.count; i++) {
    score(test, i);
    if (scores.indexOf(Math.max(...scores)) === test.labels[i]) correct++;
  }
  return correct / test.count;
}

describe("the full set", () => {
  let data: Dataset;
  beforeAll(() => {
    data = digits();
  });

  test("has MNIST's shape", () => {
    expect([data.channels, data.rows, data.columns, data.classes]).toEqual([1, 28, 28, 10]);
    expect([data.train.count, data.test.count]).toEqual([60_000, 10_000]);
    expect(data.train.images.length).toBe(60_000 * PIXELS);
    expect(data.test.labels.length).toBe(10_000);
  });

  test("has the same bytes on every machine", () => {
    expect(data.digest).toBe("ab754f9d9e10d0ff1a770b21a377d638aae5cc9c7333ba6430afcb2d4da071dd");
    const { train, test } = data;
    expect(hash(train.images, train.labels, test.images, test.labels)).toBe(data.digest);
  });

  test("has every label equally often", () => {
    for (const set of [data.train, data.test]) {
      const counts = new Array(10).fill(0);
      for (const label of set.labels) counts[label]++;
      expect(counts).toEqual(new Array(10).fill(set.count / 10));
    }
  });

  test("states the mean and standard deviation of its training pixels", () => {
    let sum = 0;
    let squares = 0;
    for (const pixel of data.train.images) {
      sum += pixel;
      squares += pixel * pixel;
    }
    const mean = sum / data.train.images.length / 255;
    const variance = squares / data.train.images.length / 255 ** 2 - mean * mean;
    expect(data.mean).toBeCloseTo(mean, 4);
    expect(data.std).toBeCloseTo(Math.sqrt(variance), 4);
  });

  test("keeps every digit inside the picture and clearly inked", () => {
    for (const { images, count } of [data.train, data.test]) {
      for (let i = 0; i < count; i++) {
        let ink = 0;
        let darkest = 0;
        let border = 0;
        for (let p = 0; p < PIXELS; p++) {
          const pixel = images[i * PIXELS + p]!;
          const row = Math.floor(p / 28);
          const column = p % 28;
          ink += pixel;
          darkest = Math.max(darkest, pixel);
          if (row === 0 || row === 27 || column === 0 || column === 27) border += pixel;
        }
        if (border > 0 || darkest < 150 || ink < 10 * 255) {
          expect.fail(`image ${i}: ink ${ink}, darkest ${darkest}, on the border ${border}`);
        }
      }
    }
  });

  test("is hard for a linear classifier, but not noise", () => {
    const accuracy = linearAccuracy(data.train, data.test, 1);
    expect(accuracy).toBeGreaterThan(0.7);
    expect(accuracy).toBeLessThan(0.95);
  });
});

test("a small set is pinned, so that the handwriting does not change by accident", () => {
  expect(digits({ train: 50, test: 20 }).digest).toBe(
    "be344f60ab7a245d92c1df1cb7694bcdf502056621ab3053702dd538450538cb",
  );
});

test("image i does not depend on how many there are", () => {
  const few = digits({ train: 33, test: 7 });
  const many = digits({ train: 120, test: 64 });
  expect(few.train.images).toEqual(many.train.images.subarray(0, 33 * PIXELS));
  expect(few.train.labels).toEqual(many.train.labels.subarray(0, 33));
  expect(few.test.images).toEqual(many.test.images.subarray(0, 7 * PIXELS));
  expect(few.test.labels).toEqual(many.test.labels.subarray(0, 7));
});

test("another seed, and the other split, write other images", () => {
  const zero = digits({ train: 20, test: 20 });
  const one = digits({ seed: 1, train: 20, test: 20 });
  expect(one.train.images).not.toEqual(zero.train.images);
  expect(one.train.labels).not.toEqual(zero.train.labels);
  expect(zero.test.images).not.toEqual(zero.train.images);
});

test("reports progress up to the end", () => {
  const seen: [number, number][] = [];
  digits({ train: 1500, test: 700, onProgress: (done, total) => seen.push([done, total]) });
  expect(seen).toEqual([
    [1000, 2200],
    [2000, 2200],
    [2200, 2200],
  ]);
});

test.each([
  [{ train: 0 }, "digits: expected train to be a whole number in 1..1000000, got 0"],
  [{ test: 1.5 }, "digits: expected test to be a whole number in 1..1000000, got 1.5"],
  [{ seed: -1 }, "digits: expected seed to be a whole number in 0..4294967295, got -1"],
  [{ seed: Number.NaN }, "digits: expected seed to be a whole number in 0..4294967295, got NaN"],
])("refuses %o", (options, message) => {
  expect(() => digits(options)).toThrow(inputError(message));
});
