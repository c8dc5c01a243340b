import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { modelNames } from "../../src/models/names.js";
import { variantsOf } from "../../src/study/expand.js";
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
    'study.json: expected members $schema, format, name, models, seeds, data, pictures, recipe, grid, search, baseline, got "model"',
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

const space = { "recipe.learningRate": { log: [0.001, 0.3] } };
const random = { kind: "random", runs: 4, space };
const halving = { kind: "halving", epochs: 9 };
const median = { kind: "median" };
const heldOut = { validation: 0.2 };

const wrongSearches: [string, object, string][] = [
  [
    "an unknown kind",
    { search: { kind: "asha" } },
    'search.kind to be one of grid, random, halving, median, got "asha"',
  ],
  [
    "no object",
    { search: "random" },
    'search to be an object with kind, one of grid, random, halving, median, got "random"',
  ],
  [
    "no number of runs",
    { search: { kind: "random", space } },
    "search.runs to be a whole number in 1..100000, got nothing",
  ],
  [
    "two distributions",
    { search: { ...random, space: { "set.width": { uniform: [1, 2], integers: [1, 2] } } } },
    'search.space.set.width to be an object with one of log, uniform, integers, oneOf, got {"uniform":[1,2],"integers":[1,2]}',
  ],
  [
    "ends in the wrong order",
    { search: { ...random, space: { "set.width": { integers: [8, 4] } } } },
    "search.space.set.width.integers to be two whole numbers, the lower one first, got [8,4]",
  ],
  [
    "a logarithm of 0",
    { search: { ...random, space: { "recipe.learningRate": { log: [0, 1] } } } },
    "search.space.recipe.learningRate.log.0 to be a number above 0, got 0",
  ],
  [
    "numbers for an option of whole numbers",
    { search: { ...random, space: { "recipe.batchSize": { uniform: [16, 64] } } } },
    "search.space.recipe.batchSize to be a whole number of 1 or more, got 45.67",
  ],
  [
    "values that are none of their path",
    { search: { ...random, space: { "recipe.batchSize": { oneOf: [32, 0] } } } },
    "search.space.recipe.batchSize.oneOf.1 to be a whole number of 1 or more, got 0",
  ],
  [
    "finalists without seeds",
    { search: { ...random, finalists: 3 } },
    "search.seeds beside search.finalists, got none",
  ],
  [
    "seeds without finalists",
    { search: { ...random, seeds: 3 } },
    "search.finalists beside search.seeds, got none",
  ],
  [
    "a space without runs",
    { search: { ...halving, space } },
    "search.runs beside search.space, got none",
  ],
  [
    "a seed that decides nothing",
    { search: { ...halving, seed: 3 } },
    "search.seed only with search.space, got it alone",
  ],
  [
    "a grid and a space",
    { search: random, grid: { "set.width": [4, 8] } },
    "either grid or search.space, got both, with grid.set.width",
  ],
  [
    "rungs after the end",
    { search: { ...halving, firstEpochs: 9 } },
    "search.firstEpochs to be below its epochs, 9, got 9",
  ],
  [
    "no epochs before the end",
    { search: { ...median, warmUp: 5 } },
    "search.warmUp to be below recipe.epochs, 5, got 5",
  ],
  [
    "two numbers of epochs",
    { search: halving, recipe: { ...heldOut, epochs: 3 } },
    "no recipe.epochs: all configurations have search.epochs, got 3",
  ],
  [
    "epochs that differ",
    { search: median, models: ["cnn", { model: "stn", recipe: { epochs: 3 } }] },
    "no models.1.recipe.epochs: all configurations have recipe.epochs of the study, got 3",
  ],
  [
    "patience",
    { search: halving, recipe: { ...heldOut, patience: 3 } },
    "no recipe.patience in a search by halving, which stops runs itself, got one",
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

describe("a search with", () => {
  test.each(wrongSearches)("%s is refused by its path", (_, change, message) => {
    expect(() => parse({ recipe: heldOut, ...change })).toThrow(
      expect.objectContaining({ message: `study.json: expected ${message}` }),
    );
  });

  test("unknown members is refused by the object that has them", () => {
    const wrong = (own: object, place: string, got: string) =>
      expect(() => parse({ recipe: heldOut, search: { ...random, space: own } })).toThrow(
        `study.json: search.space${place}, got ${got}`,
      );
    const names = "log, uniform, integers, oneOf";
    wrong({ "set.a": { lgo: [1, 2] } }, `.set.a: expected members ${names}`, '"lgo"');
    wrong(
      { learningRate: { log: [0.1, 1] } },
      `: expected recipe.MEMBER (${recipeMembers}) or set.OPTION`,
      '"learningRate"',
    );
  });

  test("no images held out is refused, as it would choose by the test images", () => {
    const study = parse({ recipe: {}, search: random });
    expect(() => variantsOf(study, "study.json")).toThrow(
      /^study\.json: expected recipe\.validation, the training images that a search is judged by, got none for cnn_learningRate=0\.\d+$/,
    );
  });

  test("more runs than its space has points is refused", () => {
    const few = { kind: "random", runs: 7, space: { "set.width": { integers: [1, 6] } } };
    expect(() => variantsOf(parse({ recipe: heldOut, search: few }), "study.json")).toThrow(
      "study.json: expected search.runs to be at most 6, the different points that its space has, got 7",
    );
  });

  test("its defaults is one study with the one that names them", () => {
    const full = parse({ recipe: heldOut, search: { ...halving, factor: 3, firstEpochs: 1 } });
    expect(parse({ recipe: heldOut, search: halving })).toEqual(full);
    expect(parseManifest(full, "study.json")).toEqual(full);
  });
});

test("what is no object is refused", () => {
  expect(() => parseManifest([], "study.json")).toThrow(
    "study.json: expected an object with $schema, format, name, models, seeds, data, pictures, recipe, grid, search, baseline, got []",
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
