import { DIGITS_FACTS } from "../../src/data/sources/digits.js";
import { MNIST_FACTS } from "../../src/data/sources/mnist.js";
import { countParameters } from "../../src/graph/graph.js";
import { graphHash } from "../../src/graph/graph-codec.js";
import { defineModel, type ModelDefinition } from "../../src/graph/model.js";
import { flatten } from "../../src/graph/ops/flatten.js";
import { linear } from "../../src/graph/ops/linear.js";
import { logSoftmax } from "../../src/graph/ops/log-softmax.js";
import type { Views } from "../../src/inspect/view-types.js";
import { type ModelName, models } from "../../src/models/index.js";
import type { Run } from "../../src/runs/run-folder.node.js";
import { type RunSpec, runSpecDigest } from "../../src/runs/run-spec.js";
import type { EpochMetrics } from "../../src/train/metrics.js";

/** Metrics with one epoch per pair of validation loss and correct count of 10,000. */
export function metricsOf(pairs: readonly (readonly [number, number])[]): EpochMetrics[] {
  return pairs.map(([validationLoss, validationCorrect], index) => ({
    epoch: index + 1,
    trainLoss: 2 * validationLoss,
    validationLoss,
    validationCorrect,
    validationTotal: 10_000,
    validationAccuracy: validationCorrect / 10_000,
    seconds: 3 + index / 10,
    imagesPerSecond: 20_000,
    learningRate: 0.01,
  }));
}

const otherData = { digest: "ab".repeat(32), mean: 0.5, std: 0.25 };

/** What tells the data of this name apart. */
function factsOf(data: string): typeof otherData {
  const known = [MNIST_FACTS, DIGITS_FACTS].find(({ name }) => name === data);
  if (!known) return otherData;
  const { digest, mean, std } = known;
  return { digest, mean, std };
}

/** A run on MNIST with these epochs. */
export function fakeRun(
  model: ModelName,
  pairs: readonly (readonly [number, number])[],
  changes: {
    seed?: number;
    epochs?: number;
    data?: string;
    source?: string;
    views?: Views;
    recipe?: Partial<RunSpec["recipe"]>;
    /** Of the record. */
    record?: Partial<Run["record"]>;
  } = {},
): Run {
  const name = changes.data ?? "mnist";
  const facts = factsOf(name);
  const seed = changes.seed ?? 0;
  const epochs = changes.epochs ?? Math.max(1, pairs.length);
  const built = models[model].build({ channels: 1, rows: 28, columns: 28, classes: 10 });
  const spec: RunSpec = {
    format: 1,
    model: graphHash(built.graph),
    data: facts,
    split: { validation: "test" },
    recipe: { epochs, batchSize: 64, learningRate: 0.01, ...changes.recipe },
    seed,
    engine: { build: "relaxed-fma", shards: 8, revision: 1 },
  };
  return {
    directory: `runs/${model}-seed${seed}`,
    model: built,
    record: {
      format: 2,
      model,
      spec,
      digest: runSpecDigest(spec),
      data: {
        name,
        source: changes.source ?? "built in",
        ...facts,
        channels: 1,
        rows: 28,
        columns: 28,
        classes: 10,
        trainCount: 60_000,
        testCount: 10_000,
      },
      parameters: countParameters(built.graph),
      versions: { fovea: "0.1.0", node: "20.20.2", v8: "11.3" },
      threads: 2,
      machine: { processor: "Processor <b>&\"'", cores: 2, platform: "linux", architecture: "x64" },
      started: "2026-11-23T20:00:00.000Z",
      state: pairs.length < epochs ? "stopped" : "done",
      ...changes.record,
    },
    metrics: metricsOf(pairs),
    ...(changes.views ? { views: changes.views } : {}),
  };
}

/** A run of a network of one's own, for images of 8×8 pixels and three classes with names. */
export function ownRun(
  name: string,
  pairs: readonly (readonly [number, number])[],
  changes: Parameters<typeof fakeRun>[2] = {},
): Run {
  const model = ownNetwork(name).build({ channels: 1, rows: 8, columns: 8, classes: 3 });
  const run = fakeRun("cnn", pairs, { data: "shapes", ...changes });
  const spec = { ...run.record.spec, model: graphHash(model.graph) };
  const data = {
    ...run.record.data,
    rows: 8,
    columns: 8,
    classes: 3,
    classNames: ["circle", "square", "<star>"],
    largestClass: 4000,
  };
  const parameters = countParameters(model.graph);
  const record = {
    ...run.record,
    model: name,
    spec,
    digest: runSpecDigest(spec),
    data,
    parameters,
  };
  return { ...run, directory: `runs/${name}`, model, record: { ...record, ...changes.record } };
}

function ownNetwork(name: string): ModelDefinition {
  return defineModel(name, (image, { classes }) =>
    logSoftmax(linear(flatten(image), "fc", { outFeatures: classes })),
  );
}

/** Two 4×4 images as a model with a transformer and with attention sees them. */
export function fakeViews(over: "places" | "batch"): Views {
  const pixels = Array.from({ length: 16 }, (_, index) => index * 16);
  const weights = over === "places" ? [0.5, 0.25, 0.125, 0.125] : [0.25, 0.75];
  const image = (index: number) => ({
    index,
    label: 7,
    prediction: index === 0 ? 7 : 1,
    probability: 0.9,
    pixels,
    warped: pixels,
    theta: [1, 0, 0, 0, 1, 0],
    attention: [{ block: "vit1", over, rows: 2, columns: 2, place: 3, weights: [weights] }],
  });
  return { channels: 1, rows: 4, columns: 4, images: [image(0), image(1)] };
}

/** Parts of a training, from and to these minutes of an hour. */
export function partsOf(...minutes: readonly (readonly [number, number])[]) {
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 20, minute)).toISOString();
  return minutes.map(([from, to], index) => {
    return { firstEpoch: index + 1, threads: 1, started: at(from), ended: at(to) };
  });
}
