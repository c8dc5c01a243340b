import { z } from "zod";
import { modelNames } from "../models/index.js";

const count = z.int().nonnegative();
const positive = z.int().positive();

/** What `run.json` holds: everything needed to run it again, and how far it came. */
export const runRecordSchema = z.object({
  /** Version of this file's layout. */
  format: z.literal(1),
  model: z.enum(modelNames),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1),
  /** Epochs asked for; `metrics.csv` tells how many there are. */
  epochs: positive,
  batchSize: positive,
  learningRate: z.number().positive(),
  data: z.object({
    name: z.string(),
    source: z.string(),
    digest: z.string(),
    channels: positive,
    rows: positive,
    columns: positive,
    classes: positive,
    mean: z.number(),
    std: z.number(),
    trainCount: positive,
    testCount: positive,
  }),
  /** Trained values of the model. */
  parameters: count,
  versions: z.object({ fovea: z.string(), node: z.string(), v8: z.string() }),
  engine: z.object({
    build: z.enum(["relaxed-fma", "mul-add"]),
    threads: positive,
    shards: positive,
  }),
  machine: z.object({
    processor: z.string(),
    cores: positive,
    platform: z.string(),
    architecture: z.string(),
  }),
  /** When the run began, ISO 8601. */
  started: z.iso.datetime(),
  /** `running` is also what a run that was killed says. */
  state: z.enum(["running", "stopped", "done"]),
});

/** The content of a run's `run.json`. */
export type RunRecord = z.infer<typeof runRecordSchema>;
