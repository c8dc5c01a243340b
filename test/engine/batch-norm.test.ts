// A network with batch norm as a whole: its phases, fusions, buffers and files.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { referenceImages } from "../../src/audit/reference-images.js";
import type { KernelBuild } from "../../src/engine/build.js";
import { planSteps } from "../../src/engine/steps.js";
import { decodeGraph, encodeGraph } from "../../src/graph/graph-codec.js";
import { differentiateReference, runReference } from "../../src/graph/reference.js";
import {
  batchNorm1d,
  batchNorm2d,
  conv2d,
  countParameters,
  type Dataset,
  defineModel,
  digits,
  dropout,
  Engine,
  evaluate,
  flatten,
  initialize,
  linear,
  logSoftmax,
  maxPool2d,
  type NamedTensors,
  readSafetensors,
  relu,
  shuffledOrder,
  train,
  withLoss,
} from "../../src/index.js";
import { type RecordTrainingOptions, recordTraining, runFiles } from "../../src/node.js";
import { decodeModel, encodeModel } from "../../src/runs/model-codec.js";
import { matchModel } from "../../src/runs/recognize-model.js";
import { check } from "../audit/trained.js";
import { deviation } from "../graph/compare.js";
import { builds } from "../graph/executors.js";

const normed = defineModel("normed", (image, { classes }) => {
  let x = conv2d(image, "stem", { outChannels: 6, kernelSize: 5 }); // [6, 24, 24]
  x = maxPool2d(relu(batchNorm2d(x, "stem.bn")), 4); // [6, 6, 6]
  x = conv2d(x, "conv", { outChannels: 9, kernelSize: 3 }); // [9, 4, 4]
  x = dropout(batchNorm2d(x, "conv.bn", { affine: false }), 0.2); // [9, 4, 4]
  x = linear(flatten(x), "fc", { outFeatures: 20 }); // [20]
  x = relu(batchNorm1d(x, "fc.bn")); // [20]
  return logSoftmax(linear(x, "head", { outFeatures: classes })); // [classes]
});

/** The last batch of 64 has one image. */
const data: Dataset = digits({ train: 641, test: 100 });
const model = normed.build({ channels: 1, rows: 28, columns: 28, classes: 10 });
const { graph } = model;
const buffers = graph.parameters.filter(({ buffer }) => buffer).map(({ name }) => name);
const parameters = initialize(graph, 1);

async function withEngine<T>(
  {
    threads = 2,
    build,
    update = true,
  }: { threads?: number; build?: KernelBuild; update?: boolean },
  use: (engine: Engine<"train", "train">) => T,
): Promise<T> {
  const engine = await Engine.create({
    plans: { train: { graph: withLoss(graph), training: true, objective: "loss", update } },
    sets: { train: data.train },
    batchSize: 64,
    threads,
    build,
    mean: data.mean,
    std: data.std,
  });
  try {
    engine.setParameters(parameters);
    return use(engine);
  } finally {
    engine.close();
  }
}

describe("steps", () => {
  const fusionsFor = (use: Parameters<typeof planSteps>[2]) =>
    planSteps(graph, new Set(), use).flatMap(({ fusion }) => fusion ?? []);

  it("have ReLU in the batch norm in training, and the batch norm in the convolution in evaluation", () => {
    const [training, evaluation] = [true, false].map((each) =>
      fusionsFor({ training: each, differentiates: each }),
    );
    expect(training).toEqual(["batchNormRelu", "batchNormRelu"]);
    expect(evaluation).toEqual(["convBatchNorm", "convBatchNorm", "batchNormRelu"]);
    const slope = fusionsFor({ training: false, differentiates: true });
    expect(slope).toEqual(["batchNormRelu", "batchNormRelu"]);
  });
});

describe.each(builds)("%s", (build) => {
  it.each([true, false])("gradients equal the reference's, training: %s", async (training) => {
    const lossGraph = withLoss(graph);
    const count = 64;
    const engine = await Engine.create({
      plans: { slope: { graph: lossGraph, training, objective: "loss", update: false } },
      sets: { train: data.train },
      batchSize: count,
      threads: 2,
      build,
      mean: data.mean,
      std: data.std,
    });
    engine.setParameters(parameters);
    engine.run({ plan: "slope", set: "train", from: 0, to: 1, seed: 5 });
    const found = engine.gradients();
    engine.close();
    const batch = referenceImages(lossGraph, data, data.train, count);
    const shares = batch.map(() => Float64Array.of(1 / count));
    const options = { training, seed: 5 };
    const reference = differentiateReference(lossGraph, batch, parameters, shares, options);
    expect([...found.keys()]).toEqual([...reference.parameters.keys()]);
    expect([...found.keys()].filter((name) => buffers.includes(name))).toEqual([]);
    for (const [name, gradient] of reference.parameters) {
      expect.soft(deviation(found.get(name)!.values, gradient), name).toBeLessThan(1e-4);
    }
  });

  it("has the same bits on 1, 2, 3 and 8 threads", async () => {
    const trainedOn = (threads: number) =>
      withEngine({ threads, build }, (engine) => {
        engine.run({ plan: "train", set: "train", from: 0, to: 11, learningRate: 0.05, seed: 3 });
        return new Map([...engine.parameters()].map(([name, { values }]) => [name, [...values]]));
      });
    const alone = await trainedOn(1);
    expect([...alone.values()].flat().every(Number.isFinite)).toBe(true);
    for (const threads of [2, 3, 8]) expect(await trainedOn(threads)).toEqual(alone);
  });

  it("changes running statistics only where it trains", async () => {
    const statisticsAfter = (update: boolean) =>
      withEngine({ build, update }, (engine) => {
        const rate = update ? { learningRate: 0.05 } : {};
        engine.run({ plan: "train", set: "train", from: 0, to: 2, seed: 3, ...rate });
        const found = engine.parameters();
        return buffers.filter(
          (name) => `${found.get(name)!.values}` !== `${parameters.get(name)!.values}`,
        );
      });
    expect(await statisticsAfter(true)).toEqual(buffers);
    expect(await statisticsAfter(false)).toEqual([]);
  });
});

describe("a trained network", () => {
  let trained: NamedTensors;
  const losses: number[] = [];
  beforeAll(async () => {
    const result = await train({
      ...{ model: normed, data, epochs: 5, learningRate: 0.1, threads: 2 },
      onEpoch: ({ trainLoss }) => void losses.push(trainLoss),
    });
    trained = result.parameters;
  });

  it("has learnt", async () => {
    expect(losses.at(-1)! / losses[0]!).toBeLessThan(0.5);
    const { accuracy } = await evaluate({ model: normed, data, parameters: trained });
    expect(accuracy).toBeGreaterThan(0.8);
  });

  it("gives in evaluation what the reference gives", async () => {
    const engine = await Engine.create({
      plans: { read: { graph, training: false, objective: "values", update: false } },
      sets: { test: data.test },
      batchSize: 16,
      mean: data.mean,
      std: data.std,
    });
    engine.setParameters(trained);
    engine.run({ plan: "read", set: "test", from: 0, to: 1 });
    const values = runReference(graph, referenceImages(graph, data, data.test, 16), trained);
    values.forEach((ofImage, slot) => {
      const found = engine.value("read", graph.output, slot);
      expect(deviation(found, ofImage[graph.output]!)).toBeLessThan(1e-5);
    });
    engine.close();
  });

  it("evaluates an image whatever the others are", async () => {
    const { verdict } = await check("leakage", { model: normed, data, parameters: trained });
    expect(verdict).toBe("pass");
    const evaluations = await Promise.all(
      [1, 2].map(async (seed) => {
        const order = shuffledOrder(data.test.count, seed);
        return await evaluate({ model: normed, data, parameters: trained, order });
      }),
    );
    expect(evaluations[0]!.correct).toBe(evaluations[1]!.correct);
  });

  it("is counted without its buffers", async () => {
    const result = await check("dead", {
      model: normed,
      data,
      parameters: trained,
    });
    expect(result.figures).toMatchObject({ counted: countParameters(graph) });
    const all = graph.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
    expect(countParameters(graph)).toBe(all - 2 * (6 + 9 + 20));
  });

  it("is recognized in a file of PyTorch, which counts batches", () => {
    const one = { dtype: "I64", shape: [], values: new BigInt64Array(1) } as const;
    const integers = new Map([["stem.bn.num_batches_tracked", one]]);
    const found = matchModel("w.pt", { parameters: trained, integers }, model);
    expect(found.parameters).toEqual(trained);
    expect(found.unused).toEqual([]);
    const strange = new Map([["stem.num_batches_tracked", one]]);
    expect(() => matchModel("w.pt", { parameters: trained, integers: strange }, model)).toThrow(
      "also stem.num_batches_tracked",
    );
  });
});

describe("files", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fovea-batch-norm-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("a model's file says which parameters are buffers", () => {
    const read = decodeModel(encodeModel(model), "model.json");
    expect(read).toEqual(model);
    const encoded = encodeGraph(graph);
    const withMark = (name: string, mark: { buffer?: true }) => ({
      ...encoded,
      parameters: encoded.parameters.map((each) => {
        const { buffer: _, ...rest } = each;
        return each.name === name ? { ...rest, ...mark } : each;
      }),
    });
    expect(() => decodeGraph("model.json", withMark("stem.bn.running_var", {}))).toThrow(
      "stem.bn.running_var: expected a buffer, got a trained parameter",
    );
    expect(() => decodeGraph("model.json", withMark("head.weight", { buffer: true }))).toThrow(
      "head.weight: expected a trained parameter, got a buffer",
    );
  });

  it("a resumed run has the bits of one that was not stopped, running statistics too", async () => {
    const record = (name: string, change: Partial<RecordTrainingOptions> = {}) =>
      recordTraining({
        directory: join(folder, name),
        model: normed,
        data,
        epochs: 3,
        seed: 3,
        batchSize: 64,
        learningRate: 0.05,
        threads: 2,
        ...change,
      });
    const whole = await record("whole");
    const controller = new AbortController();
    await record("parts", { signal: controller.signal, onEpoch: () => controller.abort() });
    const resumed = await record("parts", { resume: true });
    expect(resumed.record.state).toBe("done");
    const [last, again] = [whole, resumed].map(({ directory }) =>
      readFileSync(runFiles(directory).last),
    );
    expect(again!.equals(last!)).toBe(true);
    const { tensors } = readSafetensors(last!, "last.safetensors");
    expect([...tensors.keys()].sort()).toEqual(graph.parameters.map(({ name }) => name).sort());
  });
});
