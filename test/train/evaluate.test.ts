import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/data/dataset.js";
import { digits } from "../../src/data/sources/digits.js";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { models } from "../../src/models/index.js";
import { evaluate } from "../../src/train/evaluate.js";
import { classOrder, shuffledOrder } from "../../src/train/image-order.js";
import { train } from "../../src/train/train.js";

const data = digits({ train: 300, test: 150 });

/** The data with its test images put into an order. */
function reordered(order: Uint32Array): Dataset {
  const { count, images, labels } = data.test;
  const size = images.length / count;
  const test = {
    count,
    images: new Uint8Array(images.length),
    labels: Uint8Array.from(order, (image) => labels[image]!),
  };
  for (const [place, image] of order.entries()) {
    test.images.set(images.subarray(image * size, (image + 1) * size), place * size);
  }
  return { ...data, test };
}

describe("evaluate in an order", () => {
  let parameters: NamedTensors;
  beforeAll(async () => {
    ({ parameters } = await train({
      model: models["mha-batch"],
      data,
      epochs: 1,
      learningRate: 0.05,
    }));
  });
  const settings = { model: models["mha-batch"], batchSize: 16, threads: 2 } as const;

  it.each([
    ["by class", classOrder(data.test.labels)],
    ["shuffled", shuffledOrder(data.test.count, 5)],
  ])("gives what the data in this order give: %s", async (_, order) => {
    const result = await evaluate({ ...settings, data, parameters, order });
    expect(result).toEqual(await evaluate({ ...settings, data: reordered(order), parameters }));
    const inFileOrder = await evaluate({ ...settings, data, parameters });
    expect(result.loss).not.toBe(inFileOrder.loss);
  });

  it.each<[string, unknown, string]>([
    ["a list", [0, 1], "order to be a Uint32Array of 150, got a list of 2"],
    [
      "too short",
      new Uint32Array(149),
      "order to be a Uint32Array of 150, got a Uint32Array of 149",
    ],
    ["an image twice", new Uint32Array(150), "order to have each of 0..149 once, got 0 twice"],
    [
      "an image that is not there",
      Uint32Array.from({ length: 150 }, (_, i) => i + 1),
      "order to have each of 0..149 once, got 150",
    ],
  ])("refuses %s", async (_, order, message) => {
    const options = { ...settings, data, parameters, order: order as Uint32Array };
    await expect(evaluate(options)).rejects.toThrow(`evaluate: expected ${message}`);
  });
});

it.each<[string, unknown, string]>([
  ["a list", [...new Array(3)], "evaluate: expected parameters by name in a Map, got a list of 3"],
  ["values", new Map([["x", 1]]), /^parameters: expected conv1.weight, .*, got x$/ as never],
])("refuses parameters that are %s", async (_, parameters, message) => {
  const options = { model: models.cnn, data, parameters: parameters as NamedTensors } as const;
  await expect(evaluate(options)).rejects.toThrow(message);
});

describe("orders", () => {
  it.each([
    [
      () => classOrder([1, 2] as never),
      "classOrder: expected labels to be a Uint8Array, got a list",
    ],
    [() => shuffledOrder(-1, 0), "shuffledOrder: expected count to be a whole number in 0.."],
    [() => shuffledOrder(5, 0.5), "shuffledOrder: expected seed to be a whole number in 0.."],
  ])("%s is refused", (make, message) => {
    expect(make).toThrow(message);
  });

  it("by class, in the former order within a class", () => {
    expect([...classOrder(new Uint8Array([2, 0, 1, 0, 2, 1]))]).toEqual([1, 3, 2, 5, 0, 4]);
  });

  it("shuffled: each image once, decided by the seed", () => {
    const order = shuffledOrder(1000, 1);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(shuffledOrder(1000, 1)).toEqual(order);
    expect(shuffledOrder(1000, 2)).not.toEqual(order);
  });
});
