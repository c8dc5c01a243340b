import { z } from "zod";
import { mostEpochs } from "../../runs/run-spec.js";
import { above0, gridValue, largestSeed, members, whole } from "../schema-parts.js";

/** The ways to search, as `search.kind` names them. */
export const searchKinds = ["grid", "random", "halving", "median"] as const;

export type SearchKind = (typeof searchKinds)[number];

const mostRuns = 100_000;

function range(number: z.ZodNumber, error: string) {
  return z
    .tuple([number, number], { error })
    .refine(([low, high]) => low < high, { error })
    .readonly();
}

const anyNumber = "two numbers, the lower one first";
const numbersAbove0 = "two numbers above 0, the lower one first";
const wholeNumbers = "two whole numbers, the lower one first";

const distributionNames = ["log", "uniform", "integers", "oneOf"] as const;

const distribution = members({
  log: range(above0, numbersAbove0).optional().describe("Evenly spread logarithms: [0.001, 0.3]"),
  uniform: range(z.number({ error: anyNumber }), anyNumber)
    .optional()
    .describe("Evenly spread numbers: [0, 0.5]"),
  integers: range(z.int({ error: wholeNumbers }), wholeNumbers)
    .optional()
    .describe("Whole numbers, both ends included: [8, 32]"),
  oneOf: z
    .array(gridValue, { error: "a list of values" })
    .min(1, { error: "a list of values, one or more" })
    .optional()
    .describe("One of these values"),
}).refine((value) => Object.keys(value).length === 1, {
  error: `an object with one of ${distributionNames.join(", ")}`,
});

/** How a value is drawn: by exactly one of its members. */
export interface Distribution extends z.output<typeof distribution> {}

const space = z
  .record(z.string(), distribution, {
    error: 'an object of distributions, such as { "recipe.learningRate": { "log": [0.001, 0.3] } }',
  })
  .refine((value) => Object.keys(value).length > 0, {
    error: "an object of distributions, one or more",
  })
  .describe("What is drawn at random: recipe.MEMBER or set.OPTION");

const runs = whole(1, mostRuns).describe("Configurations that are drawn, for each model");
const seed = whole(0, largestSeed).optional().describe("Decides what is drawn. Default: 0");

/** What follows a search. */
const after = {
  finalists: whole(1)
    .optional()
    .describe("The best configurations, which are trained with further seeds and compared"),
  seeds: whole(2, 10_000)
    .optional()
    .describe("So many further seeds for each finalist, none of which chose it"),
};

/** The space of searches that may go through a grid instead. */
const drawn = { runs: runs.optional(), space: space.optional(), seed };

const kind = <Kind extends SearchKind>(name: Kind) => z.literal(name);

/** The `search` of a manifest. */
export const searchSchema = z
  .discriminatedUnion(
    "kind",
    [
      members({ kind: kind("grid"), ...after }),
      members({ kind: kind("random"), runs, space, seed, ...after }),
      members({
        kind: kind("halving"),
        factor: whole(2, 100)
          .default(3)
          .describe("At each rung one of so many configurations is trained on. Default: 3"),
        firstEpochs: whole(1, mostEpochs)
          .default(1)
          .describe(
            "Epochs before the first rung; each further one has factor times as many. Default: 1",
          ),
        epochs: whole(1, mostEpochs).describe("Epochs of a configuration that is never stopped"),
        ...drawn,
        ...after,
      }),
      members({
        kind: kind("median"),
        warmUp: whole(1, mostEpochs)
          .default(1)
          .describe("Epochs before which nothing is stopped. Default: 1"),
        leastRuns: whole(1)
          .default(5)
          .describe("Earlier configurations that a median needs. Default: 5"),
        ...drawn,
        ...after,
      }),
    ],
    {
      error: ({ code }) =>
        code === "invalid_union"
          ? `one of ${searchKinds.join(", ")}`
          : `an object with kind, one of ${searchKinds.join(", ")}`,
    },
  )
  .describe(
    "Trains many configurations, each with the study's seeds, and judges them by images held out",
  );

export type Search = z.output<typeof searchSchema>;

/** A search that stops configurations before their last epoch. */
export function prunes(search: Search | undefined): boolean {
  return search?.kind === "halving" || search?.kind === "median";
}
