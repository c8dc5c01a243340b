import { z } from "zod";
import { canonicalJson } from "../canonical-json.js";
import { sha256 } from "../sha256.js";

const positive = z.int().positive();

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
    mean: z.number(),
    std: z.number().positive(),
  }),
  /** Which images an epoch is validated on: `test`, the test images. */
  split: z.strictObject({ validation: z.literal("test") }),
  /** Plain stochastic gradient descent on the mean negative log-likelihood of shuffled minibatches. */
  recipe: z.strictObject({
    epochs: positive.max(mostEpochs),
    batchSize: positive,
    learningRate: z.number().positive(),
  }),
  /** Decides initial values, shuffles and dropout. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
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

/** SHA-256 of a spec, hexadecimal: the identity of a run. */
export function runSpecDigest(spec: RunSpec): string {
  return sha256(new TextEncoder().encode(canonicalJson(spec)));
}
