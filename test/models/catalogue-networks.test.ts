import { describe, expect, it } from "vitest";
import { classifierNames, digits, evaluate, modelNames, models, train } from "../../src/index.js";
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
