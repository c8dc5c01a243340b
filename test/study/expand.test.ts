import { describe, expect, test } from "vitest";
import { expandStudy, variantsOf } from "../../src/study/expand.js";
import { parseManifest } from "../../src/study/manifest.js";
import { shortManifest } from "./fake-study.js";

const study = (change: object) => parseManifest({ ...shortManifest, ...change }, "study.json");
const keys = (change: object) => expandStudy(study(change)).map(({ key }) => key);

describe("the runs of a study", () => {
  test("come seed by seed, models in their order, the last list of the grid fastest", () => {
    const grid = { "recipe.learningRate": [0.1, 0.01], "set.width": [8, 16] };
    expect(keys({ seeds: [7, 3], models: ["cnn", "stn"], grid }).slice(0, 9)).toEqual([
      "cnn_learningRate=0.1_width=8_seed7",
      "cnn_learningRate=0.1_width=16_seed7",
      "cnn_learningRate=0.01_width=8_seed7",
      "cnn_learningRate=0.01_width=16_seed7",
      "stn_learningRate=0.1_width=8_seed7",
      "stn_learningRate=0.1_width=16_seed7",
      "stn_learningRate=0.01_width=8_seed7",
      "stn_learningRate=0.01_width=16_seed7",
      "cnn_learningRate=0.1_width=8_seed3",
    ]);
  });

  test("have the study's recipe, then the model's, then the grid's", () => {
    const [cnn, stn] = variantsOf(
      study({
        models: ["cnn", { model: "stn", recipe: { batchSize: 32, learningRate: 0.5 } }],
        recipe: { epochs: 3, optimizer: { kind: "sgd", momentum: 0.9 } },
        grid: { "recipe.learningRate": [0.1], "recipe.optimizer.weightDecay": [0.001] },
      }),
    );
    const optimizer = { kind: "sgd", momentum: 0.9, weightDecay: 0.001 };
    expect(cnn!.recipe).toMatchObject({ epochs: 3, batchSize: 64, learningRate: 0.1, optimizer });
    expect(stn!.recipe).toMatchObject({ epochs: 3, batchSize: 32, learningRate: 0.1, optimizer });
  });

  test("have keys that differ, whatever the values of the grid are", () => {
    const sections = [
      { kind: "adam" },
      { kind: "adam", weightDecay: 0.1 },
      { kind: "sgd", momentum: 0.5 },
    ];
    const found = keys({
      grid: {
        "recipe.optimizer": sections,
        "set.text": ["a/b", "a b", "x".repeat(300)],
        "set.epochs": [1],
        "recipe.epochs": [1],
      },
    });
    expect(new Set(found).size).toBe(2 * 3 * 3 * 2);
    for (const key of found) expect(key).toMatch(/^[\w=.+-]{1,140}$/);
    expect(found[0]).toMatch(
      /^cnn_optimizer=adam-[0-9a-f]{8}_text=a-b-[0-9a-f]{8}_set\.epochs=1_recipe\.epochs=1_seed0$/,
    );
  });

  test("are refused where a combination makes no recipe", () => {
    const change = { grid: { "recipe.optimizer.momentum": [0.5, -1] } };
    expect(() =>
      expandStudy(study({ ...change, recipe: { optimizer: { kind: "sgd" } } }), "study.json"),
    ).toThrow(/^study\.json: cnn_optimizer\.momentum=-1: .*momentum/);
  });

  test("are refused where accuracies could not be compared", () => {
    const models = ["cnn", { model: "stn", recipe: { validation: 0.1 } }];
    expect(() => expandStudy(study({ models }), "study.json")).toThrow(
      "study.json: expected recipe.validation for all models, or for none, got none for cnn",
    );
  });
});
