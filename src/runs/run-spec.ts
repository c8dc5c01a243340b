import { z } from "zod";
import { canonicalJson } from "../canonical-json.js";
import { InputError } from "../errors.js";
import { writeSafetensors } from "../formats/safetensors.js";
import type { NamedTensors } from "../graph/tensors.js";
import { sha256 } from "../sha256.js";
import { type RecipeOptions, recipeNames, recipeSections } from "../train/recipe.js";

const positive = z.int().positive();

/** A number for all channels, or a list with one for each. */
export function channelNumbers(number: z.ZodNumber) {
  return z.union([number, z.array(number).min(1).readonly()]);
}

/** A section of a recipe, which the recipe as a whole is checked for. */
function section<Name extends keyof RecipeOptions>(_: Name) {
  return z.custom<NonNullable<RecipeOptions[Name]>>((value) => value !== undefined).optional();
}

/** Sections are complete, and missing where they are the default: one recipe has one form. */
function checkSections(recipe: object, context: z.RefinementCtx): void {
  const given = recipe as RecipeOptions;
  const sections = Object.fromEntries(recipeNames.map((name) => [name, given[name]]));
  try {
    const complete = recipeSections("recipe", sections);
    if (canonicalJson(complete) === canonicalJson(sections)) return;
    context.addIssue({ code: "custom", message: "expected sections as a run records them" });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
}

/** Of a run: its lines are read as a whole, and a page draws them all. */
export const mostEpochs = 100_000;

export const runSpecSchema = z.strictObject({
  /** Version of this layout. */
  format: z.literal(1),
  /** Hash of the model's graph. */
  model: z.string(),
  data: z.strictObject({
    /** SHA-256 over images and labels. */
    digest: z.string(),
    /** Normalisation of pixels, `(byte / 255 − mean) / std`. */
    mean: channelNumbers(z.number()),
    std: channelNumbers(z.number().positive()),
  }),
  /** Which images an epoch is validated on: the test images, or training images that the seed holds out. */
  split: z.discriminatedUnion("validation", [
    z.strictObject({ validation: z.literal("test") }),
    z.strictObject({ validation: z.literal("heldOut"), images: positive }),
  ]),
  /**
   * Without further sections, plain stochastic gradient descent on the mean negative log-likelihood of shuffled
   * minibatches.
   */
  recipe: z
    .strictObject({
      epochs: positive.max(mostEpochs),
      batchSize: positive,
      learningRate: z.number().positive(),
      /** Epochs without a higher validation accuracy that end the training; missing: it never ends early. */
      patience: positive.optional(),
      optimizer: section("optimizer"),
      schedule: section("schedule"),
      groups: section("groups"),
      clip: section("clip"),
      ema: section("ema"),
      loss: section("loss"),
      penalty: section("penalty"),
      augment: section("augment"),
    })
    .superRefine(checkSections),
  /** Decides initial values, images held out, shuffles and dropout. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  /** SHA-256 of the weights that it began with, where they are not the seed's; see `initialDigest`. */
  initial: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "expected a SHA-256")
    .optional(),
  /** What rounds: runs of different builds, shards or revisions differ in their last bits. */
  engine: z.strictObject({
    build: z.enum(["relaxed-fma", "mul-add"]),
    /** Fixed parts of a batch. */
    shards: positive,
    /** See `KERNEL_REVISION`. */
    revision: z.int().nonnegative(),
  }),
});

/**
 * What the bits of a run depend on, and nothing else: the same spec gives the same weights on any
 * machine, with any number of threads. Plain JSON.
 */
export interface RunSpec extends z.infer<typeof runSpecSchema> {}

/** The sections of a run's recipe. */
export function sectionsOf({ recipe }: Pick<RunSpec, "recipe">): RecipeOptions {
  const { epochs: _epochs, batchSize: _batchSize, learningRate: _rate, ...others } = recipe;
  const { patience: _patience, ...sections } = others;
  return sections;
}

/** Training images that a run held out; undefined where epochs were validated on the test images. */
export function heldOutOf({ split }: Pick<RunSpec, "split">): number | undefined {
  return split.validation === "heldOut" ? split.images : undefined;
}

/** SHA-256 of weights that a training begins with: of the safetensors file that has them and nothing else. */
export function initialDigest(weights: NamedTensors): string {
  return sha256(writeSafetensors(weights));
}

/**
 * SHA-256 of a spec, hexadecimal: the identity of a run.
 *
 * @example
 * const { spec, digest } = readRun("runs/2026-11-23-142530-stn-seed0").record;
 * console.log(runSpecDigest(spec) === digest); // true
 */
export function runSpecDigest(spec: RunSpec): string {
  return sha256(new TextEncoder().encode(canonicalJson(spec)));
}
