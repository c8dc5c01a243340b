import { describe, expect, it } from "vitest";
import { checkDataset } from "../../src/data/check-dataset.js";
import type { Dataset } from "../../src/data/dataset.js";
import { knownDataName } from "../../src/data/known-data.js";
import { largestClass } from "../../src/data/largest-class.js";
import { shareDataset, sharedDataset } from "../../src/data/share-dataset.js";
import { DIGITS_FACTS, digits } from "../../src/data/sources/digits.js";
import { MNIST_FACTS } from "../../src/data/sources/mnist.js";

const set = { count: 3, images: new Uint8Array(3), labels: Uint8Array.of(0, 1, 1) };
const data: Dataset = {
  ...{ name: "shapes", channels: 1, rows: 1, columns: 1, classes: 2, mean: 0, std: 1 },
  ...{ train: set, test: set, digest: "", source: "here" },
};

describe("class names", () => {
  const check = (classNames: unknown) => () =>
    checkDataset("train", { ...data, classNames } as Dataset);

  it("may be missing, or be of any script", () => {
    expect(() => checkDataset("train", data)).not.toThrow();
    expect(check(["cat & <dog>", "猫"])).not.toThrow();
  });

  it.each<[unknown, string]>([
    [["cat"], "train: expected data.classNames to be 2 names, one a class, got 1"],
    ["cat", 'train: expected data.classNames to be 2 names, one a class, got "cat"'],
    [
      ["cat", ""],
      'train: expected data.classNames to be printable and not empty, got "" for class 1',
    ],
    [
      ["cat", " "],
      'train: expected data.classNames to be printable and not empty, got " " for class 1',
    ],
    [
      ["a\nb", "cat"],
      'train: expected data.classNames to be printable and not empty, got "a\\nb" for class 0',
    ],
    [
      [0, "cat"],
      "train: expected data.classNames to be printable and not empty, got 0 for class 0",
    ],
    [
      ["cat", "cat"],
      'train: expected data.classNames that differ, got "cat" for class 1, as before',
    ],
  ])("refuses %j", (classNames, message) => {
    expect(check(classNames)).toThrow(message);
  });

  it("are passed on to another thread", () => {
    const named = { ...data, classNames: ["cat", "dog"] };
    expect(sharedDataset(shareDataset(named)).classNames).toEqual(["cat", "dog"]);
  });
});

describe("knownDataName", () => {
  it("knows data by their digest and normalisation, not by their name", () => {
    expect(knownDataName(MNIST_FACTS)).toBe("mnist");
    expect(knownDataName(DIGITS_FACTS)).toBe("digits");
    expect(knownDataName({ ...DIGITS_FACTS, std: 1 })).toBeUndefined();
    expect(knownDataName(digits({ train: 20, test: 10 }))).toBeUndefined();
  });
});

it("largestClass counts the images of the most frequent class", () => {
  expect(largestClass(set)).toBe(2);
});
