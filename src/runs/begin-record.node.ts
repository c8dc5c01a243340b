import { largestClass } from "../data/largest-class.js";
import { KERNEL_REVISION } from "../engine/build.js";
import { InputError } from "../errors.js";
import { countParameters } from "../graph/graph.js";
import type { EngineInfo } from "../train/train-options.js";
import { validatedData } from "../train/validation.js";
import { describeMachine, describeVersions } from "./machine.node.js";
import type { RunRecord } from "./record-codec.js";
import { hashOf, type Recording } from "./recording.js";
import { initialDigest, type RunSpec, runSpecDigest } from "./run-spec.js";
import { withNewPart } from "./training-parts.js";

/**
 * The record of a run that begins now, or is resumed.
 *
 * @param previous of a run that is resumed
 * @throws InputError where its engine rounded differently
 */
export function beginRecord(
  options: Recording,
  engine: EngineInfo,
  previous: RunRecord | undefined,
  epochsDone: number,
): RunRecord {
  if (!previous) return createRecord(options, engine);
  checkEngine(options.directory, previous, engine);
  const { threads } = engine;
  const parts = withNewPart(previous, { firstEpoch: epochsDone + 1, threads });
  // What was scored with fewer epochs may not be the best any more.
  const { test: _test, ...record } = withEpochs(previous, options.epochs);
  return { ...record, threads, ...(parts && { parts }), state: "running" };
}

/** A run keeps one build and revision of the engine, because another one rounds differently. */
function checkEngine(directory: string, { spec }: RunRecord, engine: EngineInfo): void {
  const own = engineOf(engine);
  for (const key of ["build", "shards", "revision"] as const) {
    if (own[key] === spec.engine[key]) continue;
    const expected = `engine ${key} ${spec.engine[key]} to resume this run`;
    throw new InputError(directory, expected, `${own[key]} here`);
  }
}

/** A record with another number of epochs asked for. */
export function withEpochs(record: RunRecord, epochs: number): RunRecord {
  const spec = { ...record.spec, recipe: { ...record.spec.recipe, epochs } };
  return { ...record, spec, digest: runSpecDigest(spec) };
}

function createRecord(options: Recording, engine: EngineInfo): RunRecord {
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
    versions: describeVersions(),
    threads: engine.threads,
    parts: withNewPart(undefined, { firstEpoch: 1, threads: engine.threads })!,
    machine: describeMachine(),
    started: new Date().toISOString(),
    state: "running",
  };
}

/** What the bits of a run depend on. */
export function specOf(options: Recording, engine: Pick<EngineInfo, "build" | "shards">): RunSpec {
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

function engineOf({ build, shards }: Pick<EngineInfo, "build" | "shards">): RunSpec["engine"] {
  return { build, shards, revision: KERNEL_REVISION };
}
