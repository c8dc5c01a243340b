import { describe, expect, test } from "vitest";
import { sizeOf } from "../../src/graph/graph.js";
import type { NamedTensors, Tensor32 } from "../../src/graph/tensors.js";
import { catalogueModel, type ModelName, modelNames, models } from "../../src/models/index.js";
import {
  checkParameters,
  type ModelTensors,
  matchModel,
  recognizeModel,
} from "../../src/runs/recognize-model.js";
import { emptyData, parametersAfter } from "./fake-trainer.js";

const recognize = (parameters: NamedTensors, named?: ModelName) =>
  recognizeTensors({ parameters }, named);

/** As the command line does, by name or by the parameters. */
function recognizeTensors(tensors: ModelTensors, named?: ModelName) {
  const where = "w.safetensors";
  if (named) return matchModel(where, tensors, models[named].build(emptyData));
  return recognizeModel(where, tensors, Object.values(models), emptyData);
}

/** As the study's code stores it: each convolution with the weights that its layer inherits. */
function studysCoordConv(): Map<string, Tensor32> {
  const parameters = new Map(parametersAfter(models["coordconv-stn"], 1));
  for (const [name, shape] of [
    ["conv1.weight", [10, 1, 5, 5]],
    ["conv1.bias", [10]],
    ["localization.3.weight", [10, 8, 5, 5]],
  ] as const) {
    parameters.set(name, { shape, values: new Float32Array(sizeOf(shape)) });
  }
  return parameters;
}

describe("recognizeModel", () => {
  test.each(["cnn", "stn", "coordconv-stn"] as const)("knows %s by its parameters", (model) => {
    const parameters = parametersAfter(models[model], 1);
    expect(recognize(parameters)).toEqual({
      model: models[model].build(emptyData),
      parameters,
      unused: [],
    });
  });

  test.each(modelNames)("takes the name that is given: %s", (model) => {
    expect(recognize(parametersAfter(models[model], 1), model).model.name).toBe(model);
  });

  test("asks where two models have the same parameters", () => {
    expect(() => recognize(parametersAfter(models.mha, 1))).toThrow(
      "w.safetensors: expected the option model to say which of mha, mha-batch it is, got parameters that fit each of them",
    );
  });

  test("refuses an unknown model", () => {
    expect(() => catalogueModel("w.safetensors", "vgg")).toThrow(
      `w.safetensors: expected a model of ${modelNames.join(", ")}, got vgg`,
    );
  });

  test("says which parameter is missing, has another shape, or is too much", () => {
    const parameters = new Map(parametersAfter(models.cnn, 1));
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

  test("leaves out what the study's CoordConv inherits and nothing reads, and reports it", () => {
    const { model, parameters, unused } = recognize(studysCoordConv());
    expect(model.name).toBe("coordconv-stn");
    expect(parameters).toEqual(parametersAfter(models["coordconv-stn"], 1));
    expect(unused).toEqual([
      { name: "conv1.weight", shape: [10, 1, 5, 5] },
      { name: "conv1.bias", shape: [10] },
      { name: "localization.3.weight", shape: [10, 8, 5, 5] },
    ]);
  });

  test("refuses an inherited weight of another shape, or beside another model", () => {
    const parameters = studysCoordConv();
    parameters.set("conv1.bias", { shape: [11], values: new Float32Array(11) });
    expect(() => recognize(parameters, "coordconv-stn")).toThrow(
      "w.safetensors: expected the 16 parameters of coordconv-stn, got also conv1.bias",
    );
    const plain = new Map(parametersAfter(models.mha, 1));
    plain.set("conv.weight", { shape: [1], values: new Float32Array(1) });
    expect(() => recognize(plain, "mha")).toThrow("got also conv.weight");
  });

  test("a run's own weights may not have them", () => {
    const tensors = { parameters: studysCoordConv() };
    expect(() =>
      checkParameters("last", tensors, models["coordconv-stn"].build(emptyData)),
    ).toThrow("last: expected the 16 parameters of coordconv-stn, got also conv1.weight");
  });

  test("accepts integers only in unused tensors", () => {
    const parameters = studysCoordConv();
    const integers = new Map([
      ["conv1.bias", { dtype: "I64", shape: [10], values: new BigInt64Array(10) }],
    ] as const);
    parameters.delete("conv1.bias");
    const tensors = { parameters, integers };
    const { unused } = recognizeTensors(tensors, "coordconv-stn");
    expect(unused.map(({ name }) => name)).toContain("conv1.bias");

    const cnn = new Map(parametersAfter(models.cnn, 1));
    cnn.delete("conv1.bias");
    expect(() => recognizeTensors({ parameters: cnn, integers }, "cnn")).toThrow(
      "w.safetensors: expected conv1.bias in floating point, got I64",
    );
  });

  test("says what is missing to the nearest model", () => {
    const parameters = new Map(parametersAfter(models.stn, 1));
    const { values } = parameters.get("conv1.weight")!;
    parameters.set("conv1.weight", { shape: [10, 25], values });
    expect(() => recognize(parameters)).toThrow(
      "w.safetensors: expected conv1.weight of shape [10, 1, 5, 5] for stn (the nearest model is stn), got [10, 25]",
    );
    parameters.delete("conv1.weight");
    expect(() => recognize(parameters)).toThrow("for stn (the nearest model is stn), got no such");
    const more = new Map(parametersAfter(models.cnn, 1));
    more.set("fc3.bias", { shape: [1], values: new Float32Array(1) });
    expect(() => recognize(more)).toThrow(
      "expected the 8 parameters of cnn (the nearest model is cnn), got also fc3.bias",
    );
  });

  describe("names that a wrapper put something before", () => {
    const wrap = (prefix: string, parameters: NamedTensors) =>
      new Map([...parameters].map(([name, tensor]) => [`${prefix}${name}`, tensor] as const));
    const plain = parametersAfter(models.cnn, 1);

    test.each(["module.", "_orig_mod.", "model.", "net.", "module._orig_mod.", "a.b.c.d."])(
      "%s is taken off and reported",
      (prefix) => {
        for (const found of [
          recognize(wrap(prefix, plain)),
          recognize(wrap(prefix, plain), "cnn"),
        ]) {
          expect(found.model.name).toBe("cnn");
          expect(found.parameters).toEqual(plain);
          expect(found.prefix).toBe(prefix);
        }
      },
    );

    test("a name without it, or five wrappers, are refused", () => {
      const mixed = new Map([
        ...wrap("module.", plain),
        ["step", plain.get("conv1.bias")!] as const,
      ]);
      expect(() => recognize(mixed)).toThrow("got module.conv1.weight, module.conv1.bias");
      expect(() => recognize(wrap("a.b.c.d.e.", plain))).toThrow("got a.b.c.d.e.conv1.weight");
    });

    test("what is missing without it is said", () => {
      const cut = wrap("module.", plain);
      cut.delete("module.fc1.bias");
      expect(() => recognize(cut)).toThrow(
        'expected fc1.bias of shape [50] for cnn (the nearest model is cnn, names without "module."), got no such parameter',
      );
    });

    test("a run's own weights may not have it", () => {
      const tensors = { parameters: wrap("module.", plain) };
      expect(() => checkParameters("last", tensors, models.cnn.build(emptyData))).toThrow(
        "last: expected conv1.weight of shape [10, 1, 5, 5] for cnn, got no such parameter",
      );
    });
  });

  test("refuses the parameters of something else", () => {
    const parameters = new Map([["w", { shape: [1], values: new Float32Array(1) }]]);
    expect(() => recognize(parameters)).toThrow(
      `w.safetensors: expected the parameters of one of ${modelNames.join(", ")}, got w`,
    );
    expect(() => recognize(new Map())).toThrow("got none");
  });
});
