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

describe("the points of a random search", () => {
  const space = {
    "recipe.learningRate": { log: [0.001, 1] },
    "set.dropout": { uniform: [0, 0.5] },
    "set.width": { integers: [4, 7] },
    "recipe.batchSize": { oneOf: [32, 64] },
  };
  const draw = (runs: number, seed: number, own: object = space) =>
    variantsOf(
      study({
        models: ["cnn", "stn"],
        recipe: { validation: 10 },
        search: { kind: "random", runs, space: own, seed },
      }),
    );

  test("are the same for one seed, with more of them, and in any order of the space's members", () => {
    const ten = draw(10, 3).filter(({ model }) => model === "cnn");
    expect(ten).toHaveLength(10);
    expect(draw(12, 3).slice(0, 10)).toEqual(ten);
    const values = ({ recipe, set }: (typeof ten)[number]) => [
      recipe.learningRate,
      recipe.batchSize,
      set.dropout,
      set.width,
    ];
    const turned = Object.fromEntries(Object.entries(space).reverse());
    expect(draw(10, 3, turned).slice(0, 10).map(values)).toEqual(ten.map(values));
    expect(draw(10, 4).slice(0, 10).map(values)).not.toEqual(ten.map(values));
    // The same points for each model.
    const other = draw(10, 3).slice(10);
    expect(other.map(values)).toEqual(ten.map(values));
  });

  test("lie in their ranges, evenly, with four digits", () => {
    const many = draw(2000, 0).slice(0, 2000);
    const share = (of: (variant: (typeof many)[number]) => boolean) =>
      many.filter(of).length / many.length;
    for (const { recipe, set } of many) {
      expect(recipe.learningRate).toBeGreaterThanOrEqual(0.001);
      expect(recipe.learningRate).toBeLessThanOrEqual(1);
      expect(String(Number(recipe.learningRate.toPrecision(4)))).toBe(String(recipe.learningRate));
      expect(set.dropout as number).toBeLessThanOrEqual(0.5);
      expect([4, 5, 6, 7]).toContain(set.width);
    }
    // Within 4 deviations.
    expect(share(({ recipe }) => recipe.learningRate < 0.01)).toBeCloseTo(1 / 3, 1.3);
    expect(share(({ set }) => Number(set.dropout) < 0.125)).toBeCloseTo(1 / 4, 1.3);
    expect(share(({ set }) => set.width === 7)).toBeCloseTo(1 / 4, 1.3);
    expect(share(({ recipe }) => recipe.batchSize === 64)).toBeCloseTo(1 / 2, 1.3);
  });
});
