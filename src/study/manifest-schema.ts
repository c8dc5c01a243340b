import { z } from "zod";
import { fits } from "../data/transforms/fit.js";
import { modelNames } from "../models/names.js";
import { mostEpochs } from "../runs/run-spec.js";
import type { RecipeOptions } from "../train/recipe.js";
import type { ScheduleKind } from "../train/schedules/rules.js";
import { above0, gridValue, largestSeed, members, whole, word } from "./schema-parts.js";
import { searchSchema } from "./search/search-schema.js";

// Messages of this schema are the "expected" of an error: `recipe.epochs to be …`.

const optimizers = ["sgd", "adam", "adamw", "rmsprop"] as const satisfies NonNullable<
  RecipeOptions["optimizer"]
>["kind"][];
const schedules = [
  "constant",
  "step",
  "multiStep",
  "cosine",
  "oneCycle",
  "plateau",
] as const satisfies ScheduleKind[];
const losses = ["crossEntropy", "mse"] as const satisfies NonNullable<
  RecipeOptions["loss"]
>["kind"][];

/** A section of a recipe. Its other members are checked as those of a training are. */
function section<Kinds extends readonly string[]>(kinds: Kinds, description: string) {
  const error = `an object with kind, one of ${kinds.join(", ")}`;
  return z.looseObject({ kind: word(kinds) }, { error }).describe(description);
}

const object = (description: string) =>
  z.looseObject({}, { error: "an object" }).describe(description);

/** Of a training, as `train` has them; missing ones have its defaults. */
export const recipeShape = {
  epochs: whole(1, mostEpochs).optional().describe("Passes over the training images. Default: 5"),
  batchSize: whole(1).optional().describe("Images per step. Default: 64"),
  learningRate: above0.optional().describe("Step size, the highest of a schedule. Default: 0.01"),
  validation: above0
    .optional()
    .describe(
      "Training images to hold out, a number or a share below 1. The best epoch on them is scored once on the test images. Default: none; epochs are validated on the test images, and the last one counts",
    ),
  patience: whole(1)
    .optional()
    .describe("End after so many epochs in a row without a higher validation accuracy"),
  optimizer: section(optimizers, 'Default: { "kind": "sgd" }').optional(),
  schedule: section(schedules, 'Default: { "kind": "constant" }').optional(),
  groups: z
    .array(
      z.looseObject(
        { match: z.string({ error: "a pattern of names" }) },
        { error: "an object with match" },
      ),
      {
        error: "a list of groups",
      },
    )
    .optional()
    .describe("Parameters that are trained otherwise"),
  clip: object('{ "norm": 1 } or { "value": 1 }').optional(),
  ema: object('Moving average of the weights: { "decay": 0.999 }').optional(),
  loss: section(losses, 'Default: { "kind": "crossEntropy" }').optional(),
  penalty: object(
    'Added to the loss: { "transform": 0.01 } keeps spatial transformers near the identity',
  ).optional(),
  augment: object("Random changes of the training images: rotate, scale, shift, …").optional(),
};

const recipe = members(recipeShape);

const value = z.union([z.number(), z.boolean(), z.string()], {
  error: "a number, true, false or a text",
});
const options = z
  .record(z.string(), value, { error: "options with their values" })
  .describe("Options of the model, as `fovea explain MODEL` lists them");

const modelText = z
  .string({ error: "a model's name or a module's path" })
  .min(1, { error: "a model's name or a module's path" })
  .describe(`${modelNames.join(", ")}, or the path of a module: ./my-net.ts`);

const name = z.string({ error: "a name" });

export const modelEntry = members({
  model: modelText,
  name: name.optional().describe("What it is called in this study. Default: the model's name"),
  set: options.optional(),
  recipe: recipe.optional().describe("Where this model's recipe differs from that of the study"),
});

const modelList = "a list of models";
const seedList = "a number of seeds, or a list of them";

const flag = z.boolean({ error: "true or false" });
const sides = "two whole numbers in 1..4096, rows and columns";
const side = z.int({ error: sides }).min(1, { error: sides }).max(4096, { error: sides });

/** As `--size`, `--fit`, `--grey`, `--skip-unreadable` and `--train-images`. */
const pictures = members({
  size: z
    .tuple([side, side], { error: sides })
    .readonly()
    .optional()
    .describe("Rows and columns that all images get"),
  fit: word(fits).optional().describe("How an image of another shape gets this size. Default: pad"),
  grey: flag.optional().describe("Colours become grey"),
  skipUnreadable: flag.optional().describe("Leave out files that cannot be read"),
  trainImages: whole(1)
    .optional()
    .describe("Only so many of the training images, of each class the same share. Default: all"),
});

export const manifestSchema = members({
  $schema: z.string({ error: "an address" }).optional(),
  format: z.literal(1, { error: "1" }).describe("Version of this layout"),
  name: name.optional().describe("Of the study, for people"),
  models: z
    .array(
      z.union([modelText, modelEntry], {
        error: "a model's name, a module's path or an object with model",
      }),
      { error: modelList },
    )
    .min(1, { error: `${modelList}, one or more` }),
  seeds: z
    .union(
      [
        whole(1, 100_000).describe("So many seeds, from 0"),
        z
          .array(whole(0, largestSeed), { error: seedList })
          .min(1, { error: `${seedList}, one or more` }),
      ],
      { error: seedList },
    )
    .describe("A seed decides initial values, shuffles, dropout and images held out"),
  data: z
    .string({ error: "the name of a data set or the path of a folder" })
    .min(1, { error: "the name of a data set or the path of a folder" })
    .describe(
      "mnist, digits, mnist-rts or another name of data, or a folder, relative to this file",
    ),
  pictures: pictures
    .optional()
    .describe(
      "How pictures of a folder are read, and how many training images are taken. Default: as they are, where all have one size",
    ),
  recipe: recipe.optional(),
  grid: z
    .record(
      z.string(),
      z
        .array(gridValue, { error: "a list of values" })
        .min(1, { error: "a list of values, one or more" }),
      { error: 'an object of lists, such as { "recipe.learningRate": [0.01, 0.1] }' },
    )
    .optional()
    .describe(
      "Every combination of these values is trained: recipe.MEMBER for a part of the recipe, set.OPTION for an option of all models",
    ),
  search: searchSchema.optional(),
  baseline: name.optional().describe("A model's name: all others are compared with it alone"),
});

/** The schema for editors, which complete and check a manifest by it. */
export function manifestJsonSchema(): object {
  return { title: "A study of Fovea", ...z.toJSONSchema(manifestSchema, { io: "input" }) };
}
