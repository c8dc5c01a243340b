import { beforeAll, describe, expect, it } from "vitest";
import { type Classifier, digits, evaluate, initialize, models, predict } from "../../src/index.js";

const data = digits({ train: 20, test: 70 });
const model = models.cnn.build(data);
const parameters = initialize(model.graph, 2);
const classifier: Classifier = { model, parameters, mean: data.mean, std: data.std };
const pictures = Array.from({ length: 70 }, (_, at) => {
  const values = data.test.images.subarray(at * 784, (at + 1) * 784);
  return { rows: 28, columns: 28, channels: 1, values };
});

describe("predict", () => {
  let found: Awaited<ReturnType<typeof predict>>;
  beforeAll(async () => {
    found = await predict(classifier, pictures, { top: 10, threads: 1 });
  });

  it("says what evaluate counts", async () => {
    const { correct } = await evaluate({ model, data, parameters, threads: 1 });
    const labels = [...data.test.labels].map(String);
    expect(found.filter((each, at) => each.class === labels[at]).length).toBe(correct);
  });

  it("gives probabilities that sum to 1, highest first", () => {
    for (const { class: best, probability, top } of found) {
      expect(top[0]).toEqual({ class: best, probability });
      const all = top.map((each) => each.probability);
      expect(all.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 6);
      expect(all).toEqual(all.toSorted((a, b) => b - a));
    }
  });

  it("keeps the order of classes at any temperature, and uses the classes' names", async () => {
    const classNames = [..."abcdefghij"];
    const hot = { ...classifier, temperature: 3, classNames };
    const tuned = await predict(hot, pictures, { top: 10, threads: 1 });
    tuned.forEach(({ top }, at) => {
      expect(top.map((each) => each.class)).toEqual(
        found[at]!.top.map((each) => classNames[Number(each.class)]),
      );
      expect(top[0]!.probability).toBeLessThan(found[at]!.top[0]!.probability);
    });
  });

  it("has no prediction where the result is NaN", async () => {
    const broken = new Map(parameters);
    const [name, { shape, values }] = [...parameters][0]!;
    broken.set(name, { shape, values: values.map(() => Number.NaN) });
    const [first] = await predict({ ...classifier, parameters: broken }, pictures.slice(0, 1));
    expect(first).toEqual({ class: null, probability: null, top: [], isInverted: false });
  });

  it("takes pictures of any size, colour and alpha, and none at all", async () => {
    const sizes = [
      [1, 1, 1],
      [3, 90, 3],
      [40, 7, 4],
      [28, 28, 2],
    ] as const;
    const odd = sizes.map(([rows, columns, channels]) => {
      return { rows, columns, channels, values: new Uint8Array(rows * columns * channels) };
    });
    expect(await predict(classifier, odd)).toHaveLength(4);
    expect(await predict(classifier, [])).toEqual([]);
  });

  const [picture] = pictures as [(typeof pictures)[0]];
  it.each<[string, unknown[]]>([
    ["expected a classifier with model and parameters, got null", [null, []]],
    ["expected a model that is built for images, got 3", [{ model: 3 }, []]],
    ["expected pictures, a list, got 7", [classifier, 7]],
    ["picture 0: expected rows to be a whole number of 1 or more", [classifier, [{}]]],
    [
      "picture 1: expected values in a Uint8Array of 784 bytes",
      [classifier, [picture, { ...picture, values: new Uint8Array(3) }]],
    ],
    [
      "picture 0: expected channels to be a whole number in 1..4, got 5",
      [classifier, [{ ...picture, channels: 5 }]],
    ],
    ["expected top to be a whole number of 1 or more, got 0", [classifier, [], { top: 0 }]],
    ["expected options top, threads, got tops", [classifier, [], { tops: 1 }]],
    [
      "expected temperature to be a number above 0, got 0",
      [{ ...classifier, temperature: 0 }, [picture]],
    ],
    ["expected parameters by name in a Map", [{ ...classifier, parameters: {} }, [picture]]],
  ])("%s", async (message, args) => {
    const call = predict as (...given: unknown[]) => Promise<unknown>;
    await expect(call(...args)).rejects.toThrow(message);
  });
});
