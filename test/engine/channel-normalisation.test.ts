import { describe, expect, test } from "vitest";
import type { KernelBuild } from "../../src/engine/build.js";
import { Engine } from "../../src/engine/engine.js";
import type { AugmentOptions } from "../../src/graph/augmentation.js";
import { defineModel } from "../../src/graph/model.js";
import { flatten } from "../../src/graph/ops/index.js";

const [rows, columns, channels] = [5, 6, 3];
const size = rows * columns * channels;
const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 37) % 256);
const identity = defineModel("identity", (image) => flatten(image));
const { graph } = identity.build({ channels, rows, columns, classes: size });

/** The image's values as the network gets them, [channel, row, column]. */
async function loaded(
  mean: number | readonly number[],
  std: number | readonly number[],
  build: KernelBuild,
  augment?: AugmentOptions,
): Promise<number[]> {
  const engine = await Engine.create({
    plans: {
      read: { graph, training: augment !== undefined, objective: "values", update: false, augment },
    },
    sets: { images: { count: 1, images: bytes, labels: new Uint8Array(1) } },
    ...{ batchSize: 1, threads: 1, mean, std, build },
  });
  try {
    engine.setParameters(new Map());
    engine.run({ plan: "read", set: "images", from: 0, to: 1 });
    return [...engine.value("read", graph.output, 0)];
  } finally {
    engine.close();
  }
}

const mean = [0.1, 0.5, 0.9];
const std = [0.2, 0.4, 0.8];

describe.each(["relaxed-fma", "mul-add"] as const)("%s", (build) => {
  test("each channel has its own mean and deviation", async () => {
    const values = await loaded(mean, std, build);
    const expected = values.map((_, at) => {
      const [channel, pixel] = [Math.floor(at / (rows * columns)), at % (rows * columns)];
      const byte = Math.fround(bytes[pixel * channels + channel]! / 255);
      return Math.fround(
        Math.fround(byte - Math.fround(mean[channel]!)) / Math.fround(std[channel]!),
      );
    });
    expect(values).toEqual(expected);
  });

  const changes: AugmentOptions[] = [{}, { rotate: 20 }, { invert: 1, noise: 0.1 }, { cutout: 2 }];
  test.each(changes)("lists of the same number are that number: %j", async (augment) => {
    const given = Object.keys(augment).length > 0 ? augment : undefined;
    const one = await loaded(0.3, 0.7, build, given);
    expect(await loaded([0.3, 0.3, 0.3], [0.7, 0.7, 0.7], build, given)).toEqual(one);
  });

  test("changed images are those of each channel, normalised", async () => {
    for (const augment of [{ rotate: 20 }, { invert: 1 }, { cutout: 2 }]) {
      const plain = await loaded(0, 1, build, augment);
      const values = await loaded(mean, std, build, augment);
      values.forEach((value, at) => {
        const channel = Math.floor(at / (rows * columns));
        expect(value).toBeCloseTo((plain[at]! - mean[channel]!) / std[channel]!, 4);
      });
    }
  });

  test("as many numbers as channels", async () => {
    await expect(loaded([0.1, 0.2], 1, build)).rejects.toThrow(
      "engine: expected mean with 3 numbers, one a channel of plan read, got 2",
    );
    await expect(loaded(0, [1, 0, 1], build)).rejects.toThrow(
      "engine: expected std 1 to be a number above 0, got 0",
    );
  });
});
