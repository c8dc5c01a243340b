import { z } from "zod";
import { InputError } from "../errors.js";
import { graphHash } from "../graph/graph-codec.js";
import { isModelName, type Model } from "../graph/model.js";
import { classifierNames, models } from "../models/index.js";
import { checkChecksum, checkSame, checksumOf } from "./checksum.js";
import { formatJson, parseJson } from "./json.js";
import { figure } from "./json-figure.js";
import { pictureOptionsSchema } from "./picture-options-schema.js";
import {
  channelNumbers,
  heldOutOf,
  type RunSpec,
  runSpecDigest,
  runSpecSchema,
} from "./run-spec.js";

const count = z.int().nonnegative();
const positive = z.int().positive();
/** Of images and classes: more is no image, and asks for more memory than there is. */
const extent = positive.max(65_535);
const digest = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256");

const data = z.object({
  name: z.string(),
  source: z.string(),
  digest: z.string(),
  channels: extent,
  rows: extent,
  columns: extent,
  classes: extent,
  /** What the classes are called, where the data say so. */
  classNames: z.array(z.string()).optional(),
  /** How the source was read, where that was not the default. */
  options: pictureOptionsSchema.optional(),
  mean: channelNumbers(z.number()),
  std: channelNumbers(z.number().positive()),
  trainCount: positive,
  testCount: positive,
  /** Of the images that epochs are validated on, those of the most frequent class. */
  largestClass: positive.optional(),
});

/** A stretch of training between a start, or a resumption, and the end or stop after it. */
const part = z.object({
  /** The first epoch that it ran. */
  firstEpoch: positive,
  threads: positive,
  /** ISO 8601. */
  started: z.iso.datetime(),
  /** Absent while it runs, and where the process was killed. */
  ended: z.iso.datetime().optional(),
});

/** SHA-256 of a run's files as they are after an epoch; a file that is not there yet has none. */
const fileState = z.strictObject({
  /** 0 before the first one. */
  epoch: count,
  /** Of the header and the lines of the epochs up to this one. */
  metrics: digest,
  /** Only where the recipe keeps more than the weights. */
  state: digest.optional(),
  last: digest.optional(),
  best: digest.optional(),
});

/** SHA-256 of what a run has written. */
const files = z.strictObject({
  model: digest,
  /** Absent until the training ends or stops. */
  views: digest.optional(),
  /**
   * While an epoch's files are written, the states before and after: a kill may come between any two of
   * them. Else one.
   */
  states: z.array(fileState).min(1).max(2),
});

/** Of a run with images held out: its best weights on the test images, which nothing was chosen on. */
const testResult = z.strictObject({
  selection: z.literal("validation"),
  epoch: positive,
  correct: count,
  total: positive,
  accuracy: z.number().min(0).max(1),
  loss: figure,
});

/** The code that a run's network is from. To read the run nothing of it is needed. */
const module = z.strictObject({ file: z.string(), sha256: digest });

/** What formats 1 and 2 share. */
const common = {
  /** The model's name. */
  model: z.string().refine(isModelName, "expected a model's name"),
  data,
  /** Trained values of the model. */
  parameters: count,
  versions: z.object({ fovea: z.string(), node: z.string(), v8: z.string() }),
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
};

const recordSchema = z.object({
  /** Version of this file's layout. */
  format: z.literal(2),
  ...common,
  /** Values of the model's options, where it has some. */
  options: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).optional(),
  /** Where a model was defined that is in no catalogue; absent where that is unknown. */
  module: module.optional(),
  /** What the bits of the run depend on. */
  spec: runSpecSchema,
  /** SHA-256 of `spec`. */
  digest: z.string(),
  /** Of the training's last part; the result does not depend on it. */
  threads: positive,
  /** In the order in which they ran; unknown of a run of format 1. */
  parts: z.array(part).optional(),
  /** Unknown of a run of versions up to 0.3. */
  files: files.optional(),
  /** Absent where no images were held out, and until the training ends. */
  test: testResult.optional(),
  /** SHA-256 of all of the above; absent as `files` is. */
  checksum: digest.optional(),
});

/** What versions up to 0.3 wrote: no spec, and the model by its name alone. */
const firstRecordSchema = z.object({
  format: z.literal(1),
  ...common,
  seed: runSpecSchema.shape.seed,
  epochs: runSpecSchema.shape.recipe.shape.epochs,
  batchSize: positive,
  learningRate: z.number().positive(),
  engine: z.object({
    build: z.enum(["relaxed-fma", "mul-add"]),
    threads: positive,
    shards: positive,
  }),
});

type FirstRecord = z.infer<typeof firstRecordSchema>;

/** The content of a run's `run.json`: everything needed to run it again, and how far it came. */
export interface RunRecord extends Omit<z.infer<typeof recordSchema>, "checksum"> {}

/** See {@link RunRecord.module}. */
export interface ModelModule extends z.infer<typeof module> {}

/** See {@link RunRecord.files}. */
export interface FileState extends z.infer<typeof fileState> {}

/** See {@link RunRecord.parts}. */
export interface TrainingPart extends z.infer<typeof part> {}

/** Number of images that a run's epochs are validated on. */
export function validationCount({ spec, data }: Pick<RunRecord, "spec" | "data">): number {
  return heldOutOf(spec) ?? data.testCount;
}

/** The text of a `run.json`. One that knows the checksums of the run's files ends with its own. */
export function encodeRecord(record: RunRecord): string {
  return formatJson(record.files ? { ...record, checksum: checksumOf(record) } : record);
}

/** What a `run.json` says. */
export interface DecodedRecord {
  readonly record: RunRecord;
  /** Of a record of format 1, whose folder has no `model.json`: the catalogue's model that it names. */
  readonly model?: Model;
}

/**
 * Reads the text of a `run.json`. One of format 1 becomes the record of format 2 that it stands for,
 * where its model is in the catalogue.
 *
 * @param where the file, for messages
 * @throws InputError naming the first member that is not as it must be
 */
export function decodeRecord(text: string, where: string): DecodedRecord {
  const schema = z.discriminatedUnion("format", [recordSchema, firstRecordSchema]);
  const found = parseJson(text, schema, where);
  if (found.format === 1) return upgraded(found, where);
  const { checksum, ...record } = found;
  checkSame(where, "a spec with digest", record.digest, runSpecDigest(record.spec));
  if (record.files && checksum === undefined) {
    throw new InputError(where, "its checksum beside those of files", "none");
  }
  if (checksum !== undefined) checkChecksum(text, checksum, where);
  return { record };
}

function upgraded(first: FirstRecord, where: string): DecodedRecord {
  const { seed, epochs, batchSize, learningRate, engine, ...rest } = first;
  const name = classifierNames.find((each) => each === first.model);
  if (name === undefined) {
    const expected = `a run of format 2, or one of format 1 of a model of ${classifierNames.join(", ")}`;
    throw new InputError(where, expected, `format 1 of ${JSON.stringify(first.model)}`);
  }
  const model = models[name].build(first.data);
  const { digest, mean, std } = first.data;
  const spec: RunSpec = {
    format: 1,
    model: graphHash(model.graph),
    data: { digest, mean, std },
    split: { validation: "test" },
    recipe: { epochs, batchSize, learningRate },
    seed,
    engine: {
      build: engine.build,
      shards: engine.shards,
      revision: revisionOf(first.versions.fovea),
    },
  };
  const digestOfSpec = runSpecDigest(spec);
  const record = {
    ...rest,
    format: 2,
    spec,
    digest: digestOfSpec,
    threads: engine.threads,
  } as const;
  return { record, model };
}

/** Version 0.3 is revision 1; those before it rounded otherwise. */
function revisionOf(version: string): number {
  return version.startsWith("0.3.") ? 1 : 0;
}
