import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { modelNames } from "../../src/models/names.js";
import { parseManifest, studyDigest } from "../../src/study/manifest.js";
import { manifestJsonSchema } from "../../src/study/manifest-schema.js";
import { shortManifest } from "./fake-study.js";

const recipeMembers =
  "epochs, batchSize, learningRate, validation, patience, optimizer, schedule, groups, clip, ema, loss, penalty, augment";
const names = modelNames.join(", ");

const wrong: [string, object, string][] = [
  [
    "an unknown member",
    { model: "cnn" },
    'study.json: expected members $schema, format, name, models, seeds, data, pictures, recipe, grid, baseline, got "model"',
  ],
  ["another format", { format: 2 }, "study.json: expected format to be 1, got 2"],
  [
    "no models",
    { models: [] },
    "study.json: expected models to be a list of models, one or more, got []",
  ],
  [
    "an unknown model",
    { models: ["cnn", "resnet"] },
    `study.json: expected models.1 to be ${names}, or a module (.ts, .mts, .mjs, .js), got "resnet"`,
  ],
  [
    "a model that is a number",
    { models: [3] },
    "study.json: expected models.0 to be a model's name, a module's path or an object with model, got 3",
  ],
  [
    "an unknown member of a model",
    { models: [{ model: "cnn", option: {} }] },
    'study.json: models.0: expected members model, name, set, recipe, got "option"',
  ],
  [
    "an option that is a list",
    { models: [{ model: "cnn", set: { width: [1] } }] },
    "study.json: expected models.0.set.width to be a number, true, false or a text, got [1]",
  ],
  [
    "a wrong recipe of a model",
    { models: [{ model: "cnn", recipe: { epochs: 1.5 } }] },
    "study.json: expected models.0.recipe.epochs to be a whole number in 1..100000, got 1.5",
  ],
  [
    "two models of one name",
    { models: ["cnn", { model: "stn", name: "CNN" }] },
    'study.json: expected models.1.name to be another name than those before, got "CNN"',
  ],
  [
    "a name with a slash",
    { models: [{ model: "cnn", name: "a/b" }] },
    'study.json: expected models.0.name to be letters, digits, dots, dashes and underscores, got "a/b"',
  ],
  ["no seeds", { seeds: 0 }, "study.json: expected seeds to be a whole number in 1..100000, got 0"],
  [
    "seeds in words",
    { seeds: "five" },
    'study.json: expected seeds to be a number of seeds, or a list of them, got "five"',
  ],
  [
    "a seed below 0",
    { seeds: [0, -1] },
    "study.json: expected seeds.1 to be a whole number in 0..4294967295, got -1",
  ],
  ["a seed twice", { seeds: [4, 4] }, "study.json: expected seeds to be different, got 4 twice"],
  [
    "no data",
    { data: undefined },
    "study.json: expected data to be the name of a data set or the path of a folder, got nothing",
  ],
  [
    "a misspelt member of the recipe",
    { recipe: { epoch: 3 } },
    `study.json: recipe: expected members ${recipeMembers}, got "epoch"`,
  ],
  [
    "a learning rate of 0",
    { recipe: { learningRate: 0 } },
    "study.json: expected recipe.learningRate to be a number above 0, got 0",
  ],
  [
    "an unknown optimizer",
    { recipe: { optimizer: { kind: "lion" } } },
    'study.json: expected recipe.optimizer.kind to be one of sgd, adam, adamw, rmsprop, got "lion"',
  ],
  [
    "an unknown path of the grid",
    { grid: { learningRate: [1] } },
    `study.json: grid: expected recipe.MEMBER (${recipeMembers}) or set.OPTION, got "learningRate"`,
  ],
  [
    "a value of the grid that is none of its member",
    { grid: { "recipe.epochs": [1, 0] } },
    "study.json: expected grid.recipe.epochs.1 to be a whole number in 1..100000, got 0",
  ],
  [
    "a value of the grid twice",
    { grid: { "recipe.epochs": [2, 2] } },
    "study.json: expected grid.recipe.epochs to be different values, got 2 twice",
  ],
  [
    "a baseline that is no model",
    { baseline: "mha" },
    'study.json: expected baseline to be one of cnn, stn, got "mha"',
  ],
];

const parse = (change: object) => parseManifest({ ...shortManifest, ...change }, "study.json");

describe("a manifest with", () => {
  test.each(wrong)("%s is refused by its path", (_, change, message) => {
    expect(() => parse(change)).toThrow(expect.objectContaining({ message }));
  });

  test("a wrong part of a section is refused as a training refuses it", () => {
    expect(() => parse({ recipe: { optimizer: { kind: "sgd", momentum: -2 } } })).toThrow(
      /^study\.json: recipe: .*momentum/,
    );
  });
});

test("what is no object is refused", () => {
  expect(() => parseManifest([], "study.json")).toThrow(
    "study.json: expected an object with $schema, format, name, models, seeds, data, pictures, recipe, grid, baseline, got []",
  );
});

test("short and full forms are one study", () => {
  const short = parse({ $schema: "schemas/study.schema.json" });
  const full = parse({
    models: [
      { model: "cnn", name: "cnn" },
      { model: "stn", set: {} },
    ],
    seeds: [0, 1],
    grid: {},
  });
  expect(full).toEqual(short);
  expect(studyDigest(full)).toBe(studyDigest(short));
  // The full form is a manifest too.
  expect(parseManifest(short, "study.json")).toEqual(short);
});

test("a module is called by its file's name", () => {
  const { models } = parse({ models: ["./nets/my-net.ts", "../other.mjs"] });
  expect(models.map(({ name }) => name)).toEqual(["my-net", "other"]);
});

test("the schema for editors is that of the code (npm run schema)", () => {
  const file = new URL("../../schemas/study.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(
    JSON.parse(JSON.stringify(manifestJsonSchema())),
  );
});
