import { largestClass } from "../data/largest-class.js";
import { KERNEL_REVISION } from "../engine/build.js";
import { countParameters } from "../graph/graph.js";
import type { EngineInfo } from "../train/train-options.js";
import { validatedData } from "../train/validation.js";
import type { RunRecord } from "./record-codec.js";
import { hashOf, type Recording } from "./recording.js";
import { initialDigest, type RunSpec, runSpecDigest } from "./run-spec.js";
import { withNewPart } from "./training-parts.js";

/** What a run trains, without its folder and what is called meanwhile. */
export type RecordedTraining = Pick<
  Recording,
  | "model"
  | "module"
  | "data"
  | "epochs"
  | "seed"
  | "batchSize"
  | "learningRate"
  | "sections"
  | "heldOut"
  | "patience"
  | "initial"
>;

/** Where a run trains: a process of Node, or a browser. */
export type Platform = Pick<RunRecord, "versions" | "machine">;

/** The record of a run that begins now. */
export function newRecord(
  options: RecordedTraining,
  engine: EngineInfo,
  { versions, machine }: Platform,
): RunRecord {
  const { data, model } = options;
  const spec = specOf(options, engine);
  const validated = validatedData(data, options.heldOut, options.seed);
  return {
    format: 2,
    model: model.name,
    ...(model.options && { options: model.options }),
    ...(options.module && { module: options.module }),
    spec,
    digest: runSpecDigest(spec),
    data: {
      name: data.name,
      source: data.source,
      digest: data.digest,
      channels: data.channels,
      rows: data.rows,
      columns: data.columns,
      classes: data.classes,
      ...(data.classNames && { classNames: [...data.classNames] }),
      ...(data.options && { options: data.options }),
      mean: data.mean,
      std: data.std,
      trainCount: data.train.count,
      testCount: data.test.count,
      largestClass: largestClass(validated.test),
    },
    parameters: countParameters(model.graph),
    versions,
    threads: engine.threads,
    parts: withNewPart(undefined, { firstEpoch: 1, threads: engine.threads })!,
    machine,
    started: new Date().toISOString(),
    state: "running",
  };
}

/** A record with another number of epochs asked for. */
export function withEpochs(record: RunRecord, epochs: number): RunRecord {
  const spec = { ...record.spec, recipe: { ...record.spec.recipe, epochs } };
  return { ...record, spec, digest: runSpecDigest(spec) };
}

/** What the bits of a run depend on. */
export function specOf(
  options: RecordedTraining,
  engine: Pick<EngineInfo, "build" | "shards">,
): RunSpec {
  const { data, epochs, seed, batchSize, learningRate, sections, heldOut, patience } = options;
  return {
    format: 1,
    model: hashOf(options),
    data: { digest: data.digest, mean: data.mean, std: data.std },
    split:
      heldOut === undefined ? { validation: "test" } : { validation: "heldOut", images: heldOut },
    recipe: { epochs, batchSize, learningRate, ...(patience && { patience }), ...sections },
    seed,
    ...(options.initial && { initial: initialDigest(options.initial) }),
    engine: engineOf(engine),
  };
}

/** What rounds in an engine. */
export function engineOf({
  build,
  shards,
}: Pick<EngineInfo, "build" | "shards">): RunSpec["engine"] {
  return { build, shards, revision: KERNEL_REVISION };
}
