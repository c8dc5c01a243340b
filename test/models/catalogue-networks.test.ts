import { describe, expect, it } from "vitest";
import { graphHash } from "../../src/graph/graph-codec.js";
import {
  classifierNames,
  countParameters,
  digits,
  evaluate,
  type ModelOptions,
  modelNames,
  models,
  train,
} from "../../src/index.js";
import { decodeModel, encodeModel } from "../../src/runs/model-codec.js";

const others = modelNames.filter((name) => !classifierNames.some((each) => each === name));
const data = digits({ train: 256, test: 64 });

describe.each(others)("%s", (name) => {
  it("learns, from a model.json as from code", async () => {
    const model = models[name].build(data);
    const read = decodeModel(encodeModel(model), "model.json");
    expect(read).toEqual({ name: model.name, graph: model.graph });
    const settings = { data, batchSize: 32, learningRate: 0.05, threads: 2 };
    const { epochs, parameters } = await train({ ...settings, model: read, epochs: 3 });
    expect(epochs.at(-1)!.trainLoss).toBeLessThan(epochs[0]!.trainLoss);
    const { loss } = await evaluate({ model: models[name], parameters, data, threads: 1 });
    expect(loss).toBeCloseTo(epochs.at(-1)!.validationLoss, 4);
  });
});

describe("options", () => {
  const input = { channels: 1, rows: 28, columns: 28, classes: 10 };
  const graphOf = (name: keyof typeof models, options?: ModelOptions) =>
    models[name].build(input, options).graph;

  it.each([
    ["lenet", "38208d17471fffcf"],
    ["lenet3", "43f257a7c938d058"],
    ["plain-gap", "dbe45addcabe6011"],
    ["wide", "cf7a5f8e4ae51328"],
    ["depthwise", "3447036f20deeb1b"],
    ["residual", "03fd3f5f7ce86301"],
  ] as const)("%s without any is the network of earlier runs", (name, hash) => {
    expect(graphHash(graphOf(name)).slice(0, 16)).toBe(hash);
  });

  it.each(["lenet", "lenet3", "plain-gap", "wide", "depthwise"] as const)(
    "%s has a width and dropout",
    (name) => {
      const { graph, options } = models[name].build(input, { width: 4, dropout: 0.25 });
      expect(options).toMatchObject({ width: 4, dropout: 0.25 });
      expect(countParameters(graph)).toBeLessThan(countParameters(graphOf(name)));
      expect(graph.nodes.filter(({ label }) => label === "dropout")).toMatchObject([
        { attributes: { p: 0.25 } },
      ]);
      expect(graphOf(name).nodes.some(({ label }) => label === "dropout")).toBe(false);
    },
  );

  it("change lenet's linear layers in proportion", () => {
    const shapes = graphOf("lenet", { width: 3, hidden: 60 }).nodes.map(({ label, shape }) => [
      label,
      ...shape,
    ]);
    for (const layer of [
      ["conv1", 3, 28, 28],
      ["conv2", 8, 10, 10],
      ["fc1", 60],
      ["fc2", 42],
    ]) {
      expect(shapes).toContainEqual(layer);
    }
  });

  it("are refused where they make no network", () => {
    expect(() => graphOf("wide", { width: 2.5 })).toThrow("outChannels");
    expect(() => graphOf("lenet3", { dropout: 2 })).toThrow("dropout");
  });
});
