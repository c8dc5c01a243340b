import { describe, expect, it } from "vitest";
import { digits } from "../../src/data/sources/digits.js";
import { holdOut } from "../../src/data/split.js";

const data = digits({ train: 120, test: 10 });

/** Images as text, so that they can be counted. */
function imagesOf({ count, images, labels }: (typeof data)["train"]): string[] {
  return Array.from({ length: count }, (_, image) => {
    return `${labels[image]} ${images.subarray(image * 784, (image + 1) * 784).join()}`;
  });
}

describe("holdOut", () => {
  it("parts the training images: each is in one part, in the order of before", () => {
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

  it("is decided by the seed", () => {
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
});
