import { describe, expect, it } from "vitest";
import { digits } from "../../src/data/sources/digits.js";
import { holdOut, stratifiedPart } from "../../src/data/split.js";
import { subset } from "../../src/data/subset.js";
import { InputError } from "../../src/errors.js";

const data = digits({ train: 120, test: 10 });

/** Images as text, so that they can be counted. */
function imagesOf({ count, images, labels }: (typeof data)["train"]): string[] {
  return Array.from({ length: count }, (_, image) => {
    return `${labels[image]} ${images.subarray(image * 784, (image + 1) * 784).join()}`;
  });
}

describe("holdOut", () => {
  it("splits the training images: each is in one part, in its former order", () => {
    const { train, validation } = holdOut(data, 25, 0);
    expect([train.count, validation.count]).toEqual([95, 25]);
    const all = imagesOf(data.train);
    const parts = [imagesOf(train), imagesOf(validation)];
    expect(parts.flat().sort()).toEqual([...all].sort());
    for (const part of parts) {
      const places = part.map((image) => all.indexOf(image));
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  });

  it("depends on the seed", () => {
    expect(holdOut(data, 25, 3)).toEqual(holdOut(data, 25, 3));
    expect(holdOut(data, 25, 3).validation).not.toEqual(holdOut(data, 25, 4).validation);
  });

  it("takes each image about as often as the others", () => {
    const taken = new Map(imagesOf(data.train).map((image) => [image, 0]));
    for (let seed = 0; seed < 300; seed++) {
      for (const image of imagesOf(holdOut(data, 30, seed).validation)) {
        taken.set(image, taken.get(image)! + 1);
      }
    }
    // 300 draws of probability 1/4: mean 75, standard deviation 7.5
    for (const count of taken.values()) expect(Math.abs(count - 75)).toBeLessThan(38);
  });

  it.each([0, 120, 1.5, -1])("refuses %d of 120", (count) => {
    expect(() => holdOut(data, count, 0)).toThrow(
      `holdOut: expected a whole number of images in 1..119, of 120 training images, got ${count}`,
    );
  });

  it.each([-1, 0.5, 2 ** 32])("refuses the seed %d", (seed) => {
    expect(() => holdOut(data, 5, seed)).toThrow(
      `holdOut: expected seed to be a whole number in 0..4294967295, got ${seed}`,
    );
  });

  it("refuses data that lack bytes", () => {
    const train = { ...data.train, images: data.train.images.subarray(1) };
    expect(() => holdOut({ ...data, train }, 5, 0)).toThrow(
      "holdOut: expected data.train with images of 28×28×1 bytes and a label each, got count 120, 94079 bytes and 120 labels",
    );
  });
});

describe("subset", () => {
  it("takes images in the order of the indices, one more than once if asked", () => {
    const all = imagesOf(data.train);
    expect(imagesOf(subset(data.train, data, [7, 3, 7]))).toEqual([all[7], all[3], all[7]]);
  });

  it.each<[string, unknown, string]>([
    ["past the end", [0, 120], "subset: expected index 1 to be a whole number in 0..119, got 120"],
    ["below 0", [-1], "subset: expected index 0 to be a whole number in 0..119, got -1"],
    ["in between", [0.5], "subset: expected index 0 to be a whole number in 0..119, got 0.5"],
    ["of none", [], "subset: expected indices to be a list of one or more, got a list of 0"],
    ["in a text", "12", 'subset: expected indices to be a list of one or more, got "12"'],
  ])("refuses indices %s", (_, indices, message) => {
    expect(() => subset(data.train, data, indices as number[])).toThrow(message);
  });
});

describe("a part with the same share of each class", () => {
  const { train } = data;
  const counts = ({ labels }: { readonly labels: Uint8Array }) =>
    [...Array(10).keys()].map((label) => labels.filter((each) => each === label).length);
  const part = (count: number, seed = 0) => stratifiedPart(train, data, count, seed);

  it.each([1, 7, 10, 33, 100])("has %d images, the classes' numbers at most 1 apart", (count) => {
    const found = counts(part(count));
    expect(found.reduce((sum, each) => sum + each, 0)).toBe(count);
    const wanted = counts(train).map((each) => (each * count) / train.count);
    found.forEach((each, label) => {
      expect(Math.abs(each - wanted[label]!)).toBeLessThan(1);
    });
  });

  it("is chosen by the seed", () => {
    expect(part(30)).toEqual(part(30));
    expect(part(30, 1).images).not.toEqual(part(30).images);
  });

  it("of all images is the set", () => {
    expect(part(train.count)).toEqual(train);
  });

  it("refuses more than there are, and none", () => {
    for (const count of [0, train.count + 1, 1.5]) expect(() => part(count)).toThrow(InputError);
  });
});
