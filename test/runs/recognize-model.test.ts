import { describe, expect, test } from "vitest";
import { modelNames } from "../../src/models/index.js";
import { recognizeModel } from "../../src/runs/recognize-model.js";
import { emptyData, parametersAfter } from "./fake-trainer.js";

const recognize = (parameters: ReturnType<typeof parametersAfter>, named?: string) =>
  recognizeModel("w.safetensors", parameters, emptyData, named);

describe("recognizeModel", () => {
  test.each(["cnn", "stn", "coordconv-stn"] as const)("knows %s by its parameters", (model) => {
    expect(recognize(parametersAfter(model, 1))).toBe(model);
  });

  test.each(modelNames)("takes the name that is given: %s", (model) => {
    expect(recognize(parametersAfter(model, 1), model)).toBe(model);
  });

  test("asks where two models have the same parameters", () => {
    expect(() => recognize(parametersAfter("mha", 1))).toThrow(
      "w.safetensors: expected --model to say which of mha, mha-batch it is, got parameters that fit each of them",
    );
  });

  test("refuses a name that is no model's", () => {
    expect(() => recognize(parametersAfter("cnn", 1), "vit")).toThrow(
      "w.safetensors: expected a model of cnn, stn, coordconv-stn, mha, mha-batch, got vit",
    );
  });

  test("says which parameter is missing, has another shape, or is too much", () => {
    const parameters = new Map(parametersAfter("cnn", 1));
    parameters.set("fc3.bias", { shape: [1], values: new Float32Array(1) });
    expect(() => recognize(parameters, "cnn")).toThrow(
      "w.safetensors: expected the 8 parameters of cnn, got also fc3.bias",
    );
    parameters.set("conv1.bias", { shape: [2, 5], values: new Float32Array(10) });
    expect(() => recognize(parameters, "cnn")).toThrow(
      "w.safetensors: expected conv1.bias of shape [10] for cnn, got [2, 5]",
    );
    parameters.delete("conv1.bias");
    expect(() => recognize(parameters, "cnn")).toThrow(
      "w.safetensors: expected conv1.bias of shape [10] for cnn, got no such parameter",
    );
  });

  test("refuses the parameters of something else", () => {
    const parameters = new Map([["w", { shape: [1], values: new Float32Array(1) }]]);
    expect(() => recognize(parameters)).toThrow(
      "w.safetensors: expected the parameters of one of cnn, stn, coordconv-stn, mha, mha-batch, got w",
    );
    expect(() => recognize(new Map())).toThrow("got none");
  });
});
