import { describe, expect, it } from "vitest";
import type { Dataset, ImageSet } from "../../src/data/dataset.js";
import { defineModel } from "../../src/graph/model.js";
import { flatten } from "../../src/graph/ops/flatten.js";
import { linear } from "../../src/graph/ops/linear.js";
import type { Tensor32 } from "../../src/graph/tensors.js";
import { confidentMistakes } from "../../src/inspect/confident-mistakes.js";

/** Images of one pixel, each with a brightness and a label. */
function set(...images: readonly (readonly [brightness: number, label: number])[]): ImageSet {
  return {
    count: images.length,
    images: Uint8Array.from(images, ([brightness]) => brightness),
    labels: Uint8Array.from(images, ([, label]) => label),
  };
}

const data: Dataset = {
  ...{ name: "brightness", source: "made up", digest: "" },
  ...{ channels: 1, rows: 1, columns: 1, classes: 2, mean: 0.5, std: 0.5 },
  train: set([255, 1], [0, 0], [255, 0], [200, 0], [10, 1]),
  test: set([0, 1], [140, 0], [0, 0]),
};
const model = defineModel("bright", (image, { classes }) =>
  linear(flatten(image), "fc", { outFeatures: classes }),
).build(data);

/** The logit of "bright" is `weight` times the normalised brightness, that of "dark" is 0. */
function bright(weight: number): Map<string, Tensor32> {
  return new Map([
    ["fc.weight", { shape: [2, 1], values: Float32Array.of(0, weight) }],
    ["fc.bias", { shape: [2], values: Float32Array.of(0, 0) }],
  ]);
}

const probability = (brightness: number, weight: number) => {
  const logit = (weight * (brightness / 255 - 0.5)) / 0.5;
  return 1 / (1 + Math.exp(-Math.abs(logit)));
};

describe("the most confident mistakes", () => {
  it("are those of both parts, the surest first, with what they are taken for", async () => {
    const found = await confidentMistakes(model, data, bright(4), 10);
    const [atMost, second, ...others] = found;
    // Two of the same brightness from the middle: their order is that of the parts.
    expect([atMost, second].map((each) => [each!.part, each!.index])).toEqual([
      ["train", 2],
      ["test", 0],
    ]);
    expect(
      others.map(({ part, index, label, predicted }) => [part, index, label, predicted]),
    ).toEqual([
      ["train", 4, 1, 0],
      ["train", 3, 0, 1],
      ["test", 1, 0, 1],
    ]);
    const brightness = [255, 0, 10, 200, 140];
    found.forEach((each, at) => {
      expect(each.probability).toBeCloseTo(probability(brightness[at]!, 4), 6);
    });
  });

  it("are as many as asked for, the surest", async () => {
    const found = await confidentMistakes(model, data, bright(4), 3);
    expect(found.map(({ part, index }) => `${part} ${index}`)).toEqual([
      "train 2",
      "test 0",
      "train 4",
    ]);
  });

  it("are others for another network", async () => {
    const found = await confidentMistakes(model, data, bright(-4), 10);
    expect(found.map(({ part, index }) => `${part} ${index}`)).toEqual([
      "train 0",
      "train 1",
      "test 2",
    ]);
  });

  it("do not have images without a prediction", async () => {
    expect(await confidentMistakes(model, data, bright(Number.NaN), 10)).toEqual([]);
  });
});
