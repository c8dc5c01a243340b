import { beforeAll, describe, expect, test } from "vitest";
import { audit } from "../../src/audit/audit.js";
import { digits } from "../../src/data/sources/digits.js";
import { defineModel } from "../../src/graph/model.js";
import { affineGrid } from "../../src/graph/ops/affine-grid.js";
import { flatten } from "../../src/graph/ops/flatten.js";
import { gridSample } from "../../src/graph/ops/grid-sample.js";
import { linear } from "../../src/graph/ops/linear.js";
import { logSoftmax } from "../../src/graph/ops/log-softmax.js";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { models } from "../../src/models/index.js";
import { type EvaluateOptions, evaluate } from "../../src/train/evaluate.js";
import { initialize } from "../../src/train/initialize.js";
import type { Preprocessing } from "../../src/train/preprocessing.js";
import { train } from "../../src/train/train.js";

const data = digits({ train: 300, test: 150 });

/**
 * Parameters of a cnn that gives the same for images with another mean and deviation: of conv1,
 * w' = w · std' / std and b' = b + Σ w · (mean' − mean) / std.
 */
function rewritten(parameters: NamedTensors, mean: number, std: number): NamedTensors {
  const [weight, bias] = [parameters.get("conv1.weight")!, parameters.get("conv1.bias")!];
  const area = weight.values.length / bias.values.length;
  const sums = bias.values.map((_, out) =>
    weight.values.subarray(out * area, (out + 1) * area).reduce((sum, w) => sum + w, 0),
  );
  return new Map(parameters)
    .set("conv1.weight", {
      ...weight,
      values: weight.values.map((w) => (w * std) / (data.std as number)),
    })
    .set("conv1.bias", {
      ...bias,
      values: bias.values.map(
        (b, out) => b + (sums[out]! * (mean - (data.mean as number))) / (data.std as number),
      ),
    });
}

describe("mean and std", () => {
  let parameters: NamedTensors;
  beforeAll(async () => {
    const model = models.cnn;
    ({ parameters } = await train({ model, data, epochs: 2, learningRate: 0.05 }));
  });

  test.each([
    [0, 1],
    [0.5, 0.5],
    [-3, 0.01],
  ])("%d and %d: a network that was trained with them gets its own figures", async (mean, std) => {
    const plain = await evaluate({ model: models.cnn, data, parameters });
    const other = rewritten(parameters, mean, std);
    const found = await evaluate({ model: models.cnn, data, parameters: other, mean, std });
    expect(found.correct).toBe(plain.correct);
    expect(found.loss).toBeCloseTo(plain.loss, 3);
    const wrong = await evaluate({ model: models.cnn, data, parameters: other });
    expect(Math.abs(wrong.loss - plain.loss)).toBeGreaterThan(0.01);
  });

  test("an audit takes them and says so", async () => {
    const other = rewritten(parameters, 0, 1);
    const only = ["noise"] as const;
    const before = await audit({ model: models.cnn, data, parameters, only, images: 100 });
    const given = { mean: 0, std: 1 };
    const after = await audit({ model: models.cnn, data, parameters: other, only, ...given });
    expect(after.preprocessing).toEqual(given);
    expect(after.checks[0]!.figures).toEqual(before.checks[0]!.figures);
    expect(before).not.toHaveProperty("preprocessing");
  });
});

describe("alignCorners", () => {
  const transformer = (alignCorners: boolean) =>
    defineModel("transformer", (image, { rows, columns, classes }) => {
      const theta = linear(flatten(image), "theta", { outFeatures: 6 });
      const grid = affineGrid(theta, { rows, columns, alignCorners });
      const warped = gridSample(image, grid, { alignCorners });
      return logSoftmax(linear(flatten(warped), "head", { outFeatures: classes }));
    });

  test.each([true, false])("%s: as a model that is built with it", async (alignCorners) => {
    const [built, other] = [transformer(alignCorners), transformer(!alignCorners)];
    const parameters = initialize(built.build(data).graph, 1);
    const expected = await evaluate({ model: built, data, parameters });
    expect(await evaluate({ model: other, data, parameters, alignCorners })).toEqual(expected);
    expect((await evaluate({ model: other, data, parameters })).loss).not.toBe(expected.loss);
  });
});

test.each<[Preprocessing, string]>([
  [{ mean: 0 }, "mean to be a number and std one above 0, given together, got 0 and undefined"],
  [{ std: 1 }, "mean to be a number and std one above 0, given together, got undefined and 1"],
  [{ mean: 0, std: 0 }, "mean to be a number and std one above 0, given together, got 0 and 0"],
  [{ mean: Number.NaN, std: 1 }, "given together, got NaN and 1"],
  [
    { alignCorners: true },
    "alignCorners only with a model that has a spatial transformer, got cnn",
  ],
  [{ alignCorners: "yes" as never }, 'alignCorners to be true or false, got "yes"'],
])("%j is refused", async (given, message) => {
  const model = models.cnn;
  const parameters = initialize(model.build(data).graph, 0);
  const options: EvaluateOptions = { model, data, parameters, ...given };
  await expect(evaluate(options)).rejects.toThrow(message);
  await expect(audit({ ...options, only: ["finite"] })).rejects.toThrow(message);
});
