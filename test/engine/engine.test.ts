import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import type { PlanOptions } from "../../src/engine/plan.js";
import { InputError } from "../../src/errors.js";
import { imageInput } from "../../src/graph/inputs.js";
import { conv2d } from "../../src/graph/ops/conv2d.js";
import { flatten } from "../../src/graph/ops/flatten.js";
import { linear } from "../../src/graph/ops/linear.js";
import { logSoftmax } from "../../src/graph/ops/log-softmax.js";
import { runReference } from "../../src/graph/reference.js";
import type { NamedTensors, Tensor32 } from "../../src/graph/tensors.js";
import { withLoss } from "../../src/graph/with-loss.js";
import { graphOf } from "../models/graph-of.js";
import {
  CLASSES,
  initialParameters,
  MEAN,
  normalizedImage,
  randomSet,
  STD,
} from "./random-images.js";

const shape = { channels: 1, rows: 28, columns: 28 };
const BATCH = 16;
const COUNT = 40;
const images = randomSet(COUNT, shape);
const graph = graphOf("stn", shape, CLASSES);
const lossGraph = withLoss(graph);

const plans = {
  train: { graph: lossGraph, training: true, objective: "loss", update: true },
  score: { graph, training: false, objective: "score", update: false },
  read: { graph, training: false, objective: "values", update: false },
} as const;

const open: Engine[] = [];

async function engineOf<P extends Record<string, PlanOptions & { graph: typeof graph }>>(
  some: P,
  options: { readonly threads?: number; readonly batchSize?: number } = {},
) {
  const engine = await Engine.create({
    plans: some,
    sets: { images },
    batchSize: BATCH,
    threads: 2,
    mean: MEAN,
    std: STD,
    ...options,
  });
  open.push(engine as unknown as Engine);
  return engine;
}

afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
});

async function messageOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  return "nothing was thrown";
}

/** Names of the tensors whose shape or bits differ. */
function differing(ours: NamedTensors, expected: NamedTensors): string[] {
  const same = (a: Tensor32, b: Tensor32 | undefined) =>
    a.shape.join() === b?.shape.join() &&
    Buffer.from(a.values.buffer).equals(Buffer.from(b.values.buffer));
  const names = new Set([...ours.keys(), ...expected.keys()]);
  return [...names].filter((name) => {
    const tensor = ours.get(name);
    return tensor === undefined || !same(tensor, expected.get(name));
  });
}

describe("parameters", () => {
  const first = { "fc2.bias": initialParameters(graph).get("fc2.bias")! };

  it("come back as they were set", async () => {
    const engine = await engineOf({ read: plans.read });
    const given = initialParameters(graph, 5);
    engine.setParameters(given);
    expect(differing(engine.parameters(), given)).toEqual([]);
  });

  it("are refused where one is missing", async () => {
    const engine = await engineOf({ read: plans.read });
    const given = new Map(initialParameters(graph));
    given.delete("conv2.weight");
    expect(await messageOf(() => engine.setParameters(given))).toBe(
      "parameters: expected conv2.weight, got none of this name",
    );
  });

  it("are refused where one is unknown; the message lists the known ones", async () => {
    const engine = await engineOf({ read: plans.read });
    const given = new Map<string, Tensor32>([
      ...initialParameters(graph),
      ["fc9.bias", first["fc2.bias"]],
    ]);
    const names = [...initialParameters(graph).keys()].join(", ");
    expect(await messageOf(() => engine.setParameters(given))).toBe(
      `parameters: expected ${names}, got fc9.bias`,
    );
  });

  it("are refused where one has another shape", async () => {
    const engine = await engineOf({ read: plans.read });
    const given = new Map(initialParameters(graph));
    given.set("fc1.weight", { shape: [320, 50], values: new Float32Array(16000) });
    expect(await messageOf(() => engine.setParameters(given))).toBe(
      "fc1.weight: expected shape [50, 320], got [320, 50]",
    );
  });

  it("are all unchanged where some are refused", async () => {
    const engine = await engineOf({ read: plans.read });
    const before = initialParameters(graph, 1);
    engine.setParameters(before);
    const given = new Map(initialParameters(graph, 2));
    given.delete("fc2.bias");
    await messageOf(() => engine.setParameters(given));
    expect(differing(engine.parameters(), before)).toEqual([]);
  });
});

describe("options", () => {
  it.each([
    [{ threads: 0 }, "engine: expected threads to be a whole number of 1 or more, got 0"],
    [{ threads: 1.5 }, "engine: expected threads to be a whole number of 1 or more, got 1.5"],
    [{ batchSize: -1 }, "engine: expected batchSize to be a whole number of 1 or more, got -1"],
  ])("%j is refused", async (options, message) => {
    expect(await messageOf(() => engineOf({ read: plans.read }, options))).toBe(message);
  });

  it("values that no plan keeps cannot be read", async () => {
    const engine = await engineOf({ read: plans.read, score: plans.score });
    expect(() => engine.value("score", graph.output, 0)).toThrow(
      `engine.value: expected a node whose value plan score keeps (there is none), got node ${graph.output}`,
    );
    expect(() => engine.nodeGradient("read", graph.output, 0)).toThrow(
      `engine.nodeGradient: expected a node whose gradient plan read keeps (there is none), got node ${graph.output}`,
    );
    expect(() => engine.setCotangent("read", 0, new Float32Array(10))).toThrow(
      "engine.setCotangent: expected a plan whose objective is cotangent, got read",
    );
  });
});

describe("plans", () => {
  const parameters = initialParameters(graph);
  /** Log-probabilities in float64. */
  const expected = Array.from({ length: COUNT }, (_, index) => {
    const inputs = new Map([[0, normalizedImage(images, index, shape)]]);
    return runReference(graph, [{ inputs }], parameters)[0]![graph.output]!;
  });

  it("score: loss and prediction of every image, in the order of the set", async () => {
    const engine = await engineOf({ score: plans.score });
    engine.setParameters(parameters);
    const order = Array.from({ length: COUNT }, (_, i) => (i * 3 + 1) % COUNT);
    engine.order("images").set(order);
    expect(engine.steps("images")).toBe(3);
    engine.run({ plan: "score", set: "images", from: 0, to: 3 });
    const { losses, predictions } = engine.scores("images");
    order.forEach((image, position) => {
      const scores = Array.from(expected[image]!);
      expect(predictions[position]).toBe(scores.indexOf(Math.max(...scores)));
      expect(losses[position]).toBeCloseTo(-scores[images.labels[image]!]!, 5);
    });
  });

  it("score: of equal classes the first is predicted", async () => {
    const engine = await engineOf({ score: plans.score });
    const zeros = [...parameters].map(([name, { shape, values }]) => {
      return [name, { shape, values: new Float32Array(values.length) }] as const;
    });
    engine.setParameters(new Map(zeros));
    engine.run({ plan: "score", set: "images", from: 0, to: 3 });
    expect(new Set(engine.scores("images").predictions)).toEqual(new Set([0]));
  });

  it("loss: a step of gradient descent is parameters − rate · gradients", async () => {
    const engine = await engineOf({ train: plans.train });
    engine.setParameters(parameters);
    engine.run({ plan: "train", set: "images", from: 0, to: 1, learningRate: 0.5, seed: 1 });
    const gradients = engine.gradients();
    const stepped = [...parameters].map(([name, { shape, values }]) => {
      const gradient = gradients.get(name)!.values;
      const after = values.map((value, i) => value - Math.fround(0.5 * gradient[i]!));
      return [name, { shape, values: after }] as const;
    });
    expect(differing(engine.parameters(), new Map(stepped))).toEqual([]);
    expect(differing(engine.parameters(), parameters).length).toBe(parameters.size);
  });

  it("training has the same bits whatever other plan ran in between", async () => {
    const train = { plan: "train", set: "images", learningRate: 0.1, seed: 2 } as const;
    const alone = await engineOf({ train: plans.train });
    alone.setParameters(parameters);
    alone.run({ ...train, from: 0, to: 3 });

    // Keeps every node, so that its memory layout differs from that of the training plan.
    const kept = lossGraph.nodes.map(({ id }) => id);
    const look = { ...plans.train, training: false, update: false, kept };
    const between = await engineOf({
      train: plans.train,
      look,
      lookToo: { ...look, kept: [1], inputGradients: true },
      read: plans.read,
      score: plans.score,
    });
    between.setParameters(parameters);
    for (const step of [0, 1, 2]) {
      between.run({ plan: "look", set: "images", from: 1, to: 2 });
      between.run({ plan: "read", set: "images", from: 0, to: 3 });
      between.run({ plan: "score", set: "images", from: 0, to: 3 });
      between.run({ plan: "lookToo", set: "images", from: 1, to: 2 });
      between.run({ ...train, from: step, to: step + 1 });
    }
    expect(differing(between.parameters(), alone.parameters())).toEqual([]);
    for (const engine of [alone, between]) {
      engine.run({ ...train, from: 2, to: 3 });
    }
    expect(differing(between.gradients(), alone.gradients())).toEqual([]);
  });

  /** Convolutions without a ReLU, through which NaN flows back to the first weights. */
  function plainConvolutions() {
    const image = imageInput([1, 28, 28]);
    const maps = conv2d(conv2d(image, "a", { outChannels: 3, kernelSize: 5 }), "b", {
      outChannels: 2,
      kernelSize: 15,
    });
    const scores = linear(flatten(maps), "fc", { outFeatures: CLASSES });
    return image.builder.finish(logSoftmax(linear(scores, "fc2", { outFeatures: CLASSES })));
  }

  describe.each([
    ["stn", graph],
    ["plain convolutions", plainConvolutions()],
  ])("%s that diverged leaves nothing behind", (_, classifier) => {
    const both = {
      train: { ...plans.train, graph: withLoss(classifier) },
      // Keeps every node, so that its memory layout differs.
      read: { ...plans.read, graph: classifier, kept: classifier.nodes.map(({ id }) => id) },
    };
    const good = initialParameters(classifier);
    const poisoned = new Map(
      [...good].map(([name, { shape, values }]) => [
        name,
        { shape, values: values.map(() => NaN) },
      ]),
    );
    const steps = { set: "images", from: 0, to: 2 } as const;
    const train = { plan: "train", ...steps, learningRate: 0.1 } as const;
    const read = { plan: "read", ...steps } as const;

    it.each([train, read])("after its plan $plan", async (command) => {
      const [used, fresh] = [await engineOf(both), await engineOf(both)];
      used.setParameters(poisoned);
      used.run(command);
      if (command === train) expect(used.stepLosses("images")[0]).toBeNaN();
      for (const engine of [used, fresh]) {
        engine.setParameters(good);
        engine.run(train);
      }
      expect(differing(fresh.parameters(), good)).not.toEqual([]);
      expect(differing(used.parameters(), fresh.parameters())).toEqual([]);
    });
  });
});

describe("threads", () => {
  it("end when the engine is closed", async () => {
    const workers: Worker[] = [];
    const note = (worker: Worker) => workers.push(worker);
    process.on("worker", note);
    const engine = await engineOf({ read: plans.read }, { threads: 3 });
    process.off("worker", note);
    expect(workers.length).toBe(2);
    const ended = Promise.all(
      workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve))),
    );
    engine.close();
    await ended;
  });

  it.each(["closed", "forgotten"])(
    "a process ends by itself when its engine is %s",
    async (how) => {
      const folder = new URL("../../dist/", import.meta.url);
      const script = `
      import { Engine } from "${new URL("engine/engine.js", folder)}";
      import { models } from "${new URL("models/index.js", folder)}";
      import { initialize } from "${new URL("train/initialize.js", folder)}";
      const shape = { channels: 1, rows: 28, columns: 28 };
      const { graph } = models.cnn.build({ ...shape, classes: 10 });
      const plan = { graph, training: false, objective: "score", update: false };
      const images = { count: 2, images: new Uint8Array(2 * 784), labels: new Uint8Array(2) };
      const options = { plans: { plan }, sets: { images }, batchSize: 2, threads: 3 };
      const engine = await Engine.create(options);
      engine.setParameters(initialize(graph, 0));
      engine.run({ plan: "plan", set: "images", from: 0, to: 1 });
      if ("${how}" === "closed") engine.close();
      console.log("ran on", engine.threads);
    `;
      const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
        timeout: 20_000,
      });
      expect((await run).stdout).toBe("ran on 3\n");
    },
  );
});
