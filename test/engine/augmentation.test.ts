import { describe, expect, it } from "vitest";
import { digits } from "../../src/data/sources/digits.js";
import { Engine } from "../../src/engine/engine.js";
import { type AugmentOptions, augmentationOf } from "../../src/graph/augmentation.js";
import { defineModel, flatten, linear, models } from "../../src/index.js";
import { augmented } from "./augmented.js";

const images = 12;
const batchSize = 5;
const [mean, std] = [0.2, 0.4];

/** Smooth enough that rounding a position to float32 changes no value by more than the tolerance. */
function pictures(channels: number, rows: number, columns: number): Uint8Array {
  return Uint8Array.from({ length: images * channels * rows * columns }, (_, i) => {
    const [channel, position] = [i % channels, Math.floor(i / channels)];
    const [x, y] = [position % columns, Math.floor(position / columns) % rows];
    return 128 + 120 * Math.sin(0.9 * x + 0.6 * y + channel + Math.floor(i / 300));
  });
}

const model = defineModel("one", (image, { classes }) =>
  linear(flatten(image), "head", { outFeatures: classes }),
);

/** The augmented images of steps 0 to 2 with `stepBase` 4, by the engine and by the reference. */
async function both(shape: readonly [number, number, number], augment: AugmentOptions) {
  const [channels, rows, columns] = shape;
  const bytes = pictures(channels, rows, columns);
  const { graph } = model.build({ channels, rows, columns, classes: 3 });
  const engine = await Engine.create({
    plans: {
      look: { graph, training: true, objective: "values", update: false, augment, kept: [0] },
    },
    sets: { train: { count: images, images: bytes, labels: new Uint8Array(images) } },
    ...{ batchSize, mean, std, threads: 2 },
  });
  engine.setParameters(
    new Map(
      graph.parameters.map(({ name, shape }) => [
        name,
        { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
      ]),
    ),
  );
  const size = channels * rows * columns;
  const found: number[][] = [];
  const expected: number[][] = [];
  for (let step = 0; step < 3; step++) {
    engine.run({ plan: "look", set: "train", from: step, to: step + 1, seed: 9, stepBase: 4 });
    for (let slot = 0; slot < batchSize && step * batchSize + slot < images; slot++) {
      const at = (step * batchSize + slot) * size;
      const image = { bytes: bytes.subarray(at, at + size), channels, rows, columns };
      found.push([...engine.value("look", 0, slot)]);
      const values = augmented(
        { ...image, seed: 9, step: 4 + step, slot },
        augmentationOf("", augment)!,
      );
      expected.push([...values].map((value) => (value - mean) / std));
    }
  }
  engine.close();
  return { found, expected };
}

const cases: readonly AugmentOptions[] = [
  { rotate: 40 },
  { scale: [0.6, 1.7] },
  { shift: 4.5 },
  { shear: 30 },
  { projective: 1 },
  { elastic: { alpha: 8, sigma: 2 } },
  { elastic: { alpha: 30, sigma: 4.3 }, rotate: 5 },
  { invert: 0.5 },
  { noise: 0.2 },
  { erase: { probability: 0.7 } },
  { erase: { probability: 1, scale: [0.9, 1], ratio: [0.5, 2] } },
  { cutout: 5 },
  { cutout: 4, invert: 0.5 },
  {
    ...{
      rotate: 12,
      scale: [0.9, 1.1],
      shift: 2,
      shear: 5,
      projective: 1,
      invert: 0.3,
      noise: 0.1,
    },
    ...{ elastic: { alpha: 6, sigma: 3 }, erase: { probability: 0.5 }, cutout: 3 },
  },
];
const shapes = [
  [1, 28, 28],
  [3, 13, 10],
  [5, 8, 15],
] as const;

describe.each(shapes)("%i channels of %i×%i", (...shape) => {
  it.each(cases.map((each) => [JSON.stringify(each), each] as const))(
    "are as in float64: %s",
    async (_, augment) => {
      const { found, expected } = await both(shape, augment);
      let largest = 0;
      found.forEach((values, image) => {
        values.forEach((value, i) => {
          largest = Math.max(largest, Math.abs(value - expected[image]![i]!));
        });
      });
      expect(largest).toBeLessThan(2e-4);
      expect(new Set(found.map((values) => values.join())).size).toBeGreaterThan(images / 2);
    },
  );
});

describe("augmentation", () => {
  const data = digits({ train: 60, test: 10 });

  it("leaves the exact background, and images that it does not move, as they are", async () => {
    const { graph } = models.cnn.build(data);
    const look = { graph, training: true, objective: "values", update: false, kept: [0] } as const;
    const engine = await Engine.create({
      plans: {
        plain: look,
        turned: { ...look, augment: { rotate: 20 } },
        still: { ...look, augment: { noise: 1e-30 } },
      },
      sets: { train: data.train },
      ...{ batchSize: 60, mean: data.mean, std: data.std, threads: 1 },
    });
    const parameters = graph.parameters.map(
      ({ name, shape }) =>
        [name, { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)) }] as const,
    );
    engine.setParameters(new Map(parameters));
    const value = (plan: "plain" | "turned" | "still") => {
      engine.run({ plan, set: "train", from: 0, to: 1 });
      return engine.value(plan, 0, 7);
    };
    const [plain, turned, still] = [value("plain"), value("turned"), value("still")];
    expect(still).toEqual(plain);
    const background = Math.min(...plain);
    expect(turned.filter((pixel) => pixel === background).length).toBeGreaterThan(300);
    expect(Math.min(...turned)).toBe(background);
    expect(turned).not.toEqual(plain);
    engine.close();
  });

  it("leaves out what changes nothing", () => {
    expect(augmentationOf("test", {})).toBeUndefined();
    const nothing = { rotate: 0, scale: [1, 1], cutout: 0, erase: { probability: 0 } } as const;
    expect(augmentationOf("test", nothing)).toBeUndefined();
    expect(augmentationOf("test", { shift: 1, shear: 0 })).toEqual({ shift: 1 });
  });

  it.each([
    [
      { turn: 3 },
      "test: augment: expected options rotate, scale, shift, shear, projective, elastic, invert, noise, erase, cutout, got turn",
    ],
    [{ rotate: 181 }, "test: expected augment.rotate to be a number in 0..180, got 181"],
    [{ rotate: "5" }, 'test: expected augment.rotate to be a number in 0..180, got "5"'],
    [
      { scale: [1.1, 0.9] },
      "test: expected augment.scale to be [low, high] with 0.01 ≤ low ≤ high ≤ 100, got [1.1, 0.9]",
    ],
    [
      { scale: 2 },
      "test: expected augment.scale to be [low, high] with 0.01 ≤ low ≤ high ≤ 100, got 2",
    ],
    [
      { elastic: { alpha: 1 } },
      "test: expected augment.elastic.sigma to be a number in 0.1..64, got undefined",
    ],
    [
      { erase: { probability: 2 } },
      "test: expected augment.erase.probability to be a number in 0..1, got 2",
    ],
    [{ cutout: 1.5 }, "test: expected augment.cutout to be a whole number in 0..4096, got 1.5"],
    [{ noise: Number.NaN }, "test: expected augment.noise to be a number in 0..10, got NaN"],
  ])("refuses %j", (options, message) => {
    expect(() => augmentationOf("test", options as unknown as AugmentOptions)).toThrow(message);
  });

  it("is refused in plans that do not train, and corners that would cross", async () => {
    const { graph } = model.build({ channels: 1, rows: 9, columns: 20, classes: 3 });
    const create = (training: boolean, augment: AugmentOptions) =>
      Engine.create({
        plans: { look: { graph, training, objective: "values", update: false, augment } },
        sets: { train: { count: 1, images: new Uint8Array(180), labels: new Uint8Array(1) } },
        batchSize: 1,
      });
    await expect(create(false, { rotate: 1 })).rejects.toThrow(
      "engine: expected plan look, which has augment, to be training, got false",
    );
    await expect(create(true, { projective: 2 })).rejects.toThrow(
      "engine: expected augment.projective to be below 2 on images of 9×20, got 2",
    );
  });
});
