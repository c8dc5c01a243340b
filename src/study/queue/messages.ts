import { z } from "zod";
import { InputError } from "../../errors.js";
import { parseJson } from "../../runs/json.js";
import { pictureOptionsSchema } from "../../runs/picture-options-schema.js";
import { channelNumbers, runSpecDigest, runSpecSchema } from "../../runs/run-spec.js";

// What studies and workers write on a queue's server. All of it is data, and is checked where it is read.

const digest = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256");
/** Of images and labels; becomes a part of file names. */
const dataDigest = z.string().regex(/^[0-9a-f]{16,64}$/, "expected the digest of data");
const positive = z.int().positive();
const count = z.int().nonnegative();
/** Texts that come from another machine and are printed or become names of files. */
const name = z.string().min(1).max(300);
const key = z.string().regex(/^[\w.+=-]{1,150}$/, "expected the key of a run");
const studyId = z.string().regex(/^[0-9a-f]{32}$/, "expected the id of a study");

/** A run to be trained. The network is found by its hash, `spec.model`; the data by the study. */
const jobSchema = z.strictObject({
  format: z.literal(1),
  study: studyId,
  key,
  spec: runSpecSchema,
  /** SHA-256 of `spec`. */
  digest,
  /** What the run's network is called, and the options that it was built with. */
  model: name,
  options: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])).optional(),
});

export interface Job extends z.infer<typeof jobSchema> {}

/** A data set without its images and labels. */
const factsSchema = z.strictObject({
  name,
  source: z.string().max(4096),
  digest: dataDigest,
  channels: positive,
  rows: positive,
  columns: positive,
  classes: positive,
  classNames: z.array(z.string()).readonly().optional(),
  mean: channelNumbers(z.number()),
  std: channelNumbers(z.number().positive()),
  options: pictureOptionsSchema.optional(),
  counts: z.tuple([positive, positive]).readonly(),
});

export interface DataFacts extends z.infer<typeof factsSchema> {}

/** What becomes of a study's runs: with `draining` none begins, with `cancelled` those in training stop, too. */
export const studyStates = ["running", "draining", "cancelled"] as const;

/** A study that has runs in the queue. */
const cardSchema = z.strictObject({
  format: z.literal(1),
  id: studyId,
  name,
  engine: runSpecSchema.shape.engine,
  data: factsSchema,
  runs: positive,
  state: z.enum(studyStates),
});

export interface StudyCard extends z.infer<typeof cardSchema> {}

const workerSchema = z.strictObject({
  format: z.literal(1),
  name,
  host: name,
  pid: positive,
  engine: runSpecSchema.shape.engine,
  /** How many runs it trains at once. */
  threads: positive,
  runs: z.array(
    z.strictObject({
      study: studyId,
      key,
      /** Epochs that are done and whose state is on the server. */
      kept: count,
      /** The epoch in training, its images done, and all of them. */
      epoch: positive,
      epochs: positive,
      done: count,
      total: count,
      /** Training images per second; 0 before the first. */
      imagesPerSecond: z.number().nonnegative(),
    }),
  ),
});

/** A worker, as it shows itself every few seconds. */
export interface WorkerCard extends z.infer<typeof workerSchema> {}

export type WorkerRun = WorkerCard["runs"][number];

/** A run ended. */
const endSchema = z.strictObject({
  format: z.literal(1),
  key,
  digest,
  worker: name,
  /** SHA-256 of what the run repeats to the last bit (`runBits`); undefined where it failed. */
  bits: digest.optional(),
  /** The error that ended it. */
  failed: z.string().max(2000).optional(),
});

export interface RunEnd extends z.infer<typeof endSchema> {}

/** The pieces in which data lie on the server. */
const piecesSchema = z.strictObject({
  format: z.literal(1),
  digest: dataDigest,
  /** SHA-256 of each, in order. */
  pieces: z.array(digest),
});

/**
 * Reads a job.
 *
 * @throws InputError naming the first member that is not as it must be
 */
export function parseJob(data: unknown, where: string): Job {
  const job = parseJson(JSON.stringify(data) ?? "", jobSchema, where);
  const found = runSpecDigest(job.spec);
  if (found === job.digest) return job;
  throw new InputError(where, `a spec with digest ${job.digest.slice(0, 12)}`, found.slice(0, 12));
}

export const parseCard = reader(cardSchema);
export const parseWorker = reader(workerSchema);
export const parseEnd = reader(endSchema);
export const parsePieces = reader(piecesSchema);

function reader<Value>(schema: z.ZodType<Value>): (text: string, where: string) => Value {
  return (text, where) => parseJson(text, schema, where);
}

/** The names of what the server keeps. */
export const names = {
  /** Groups of texts: the cards of studies and of workers. */
  studies: "studies",
  workers: "workers",
  /** A group: digests of data that a worker needs and the server has not. */
  wanted: "wanted",
  /** A list: how runs of a study ended. */
  ends: (study: string) => `ends/${study}`,
  /** Bytes: networks, runs after an epoch, finished runs, data. */
  network: (study: string, hash: string) => `network/${study}/${hash}`,
  epoch: (study: string, run: string) => `epoch/${study}/${run}`,
  result: (study: string, run: string) => `result/${study}/${run}`,
  pieces: (data: string) => `data/${data}`,
  piece: (data: string, at: number) => `data/${data}/${at}`,
};

/** Names a job: the same run of the same study is one job, however often it is put. */
export function jobId({ study, digest: run }: Pick<Job, "study" | "digest">): string {
  return `${study}-${run}`;
}

/** Engines that round alike have one queue. */
export function queueName({ build, shards, revision }: StudyCard["engine"]): string {
  return `${build}-${shards}-${revision}`;
}
