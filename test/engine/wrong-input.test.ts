import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import type { EngineOptions, EnginePlan } from "../../src/engine/options.js";
import { InputError } from "../../src/errors.js";
import { GraphBuilder } from "../../src/graph/builder.js";
import { imageInput } from "../../src/graph/inputs.js";
import { conv2d } from "../../src/graph/ops/conv2d.js";
import { flatten } from "../../src/graph/ops/flatten.js";
import { relu } from "../../src/graph/ops/relu.js";
import { valuesInput } from "../graph/values-input.js";
import {
  BATCH,
  graph,
  plans,
  sets,
  tinyClassifier,
  tinyParameters,
  tinySet,
} from "./tiny-classifier.js";

type Names = [keyof typeof plans, keyof typeof sets];
type Options = EngineOptions<string, string>;

const options = { plans, sets, batchSize: BATCH, threads: 1 };

/** The message of an `InputError`; any other error, or none, fails. */
function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  return "nothing was thrown";
}

async function refusal(changed: object): Promise<string> {
  const made = Engine.create({ ...options, ...changed } as Options);
  return made.then(
    (engine) => {
      engine.close();
      return "nothing was thrown";
    },
    (error) =>
      messageOf(() => {
        throw error;
      }),
  );
}

/** What is made of one plan that differs from `read`. */
const planOf = (changed: object) => ({ plans: { read: { ...plans.read, ...changed } } });
/** What is made of one set that differs from `some`. */
const setOf = (changed: object) => ({ sets: { some: { ...sets.some, ...changed } } });

describe("an engine is not made", () => {
  it.each<[string, object]>([
    [
      "options plans, sets, batchSize, update, threads, mean, std, build, got batchsize",
      { batchsize: 3 },
    ],
    ["batchSize to be a whole number of 1 or more, got undefined", { batchSize: undefined }],
    ['threads to be a whole number of 1 or more, got "2"', { threads: "2" }],
    ['build to be relaxed-fma or mul-add, got "fma"', { build: "fma" }],
    ["mean to be a number, got NaN", { mean: Number.NaN }],
    ["std to be a number above 0, got 0", { std: 0 }],
    ["std to be a number above 0, got 1e-60", { std: 1e-60 }],
    ["std to be a number above 0, got Infinity", { std: Number.POSITIVE_INFINITY }],
    ["images and memory of at most 4 GiB, got", { batchSize: 2 ** 30 }],
    ["plans to be an object with one or more, got an object", { plans: {} }],
    ["plans to be an object with one or more, got undefined", { plans: undefined }],
    ["sets to be an object with one or more, got a list of 0", { sets: [] }],
    ['graph of plan read to be a graph, got "cnn"', planOf({ graph: "cnn" })],
    ["graph of plan read to be a graph, got an object", planOf({ graph: { name: "x", graph } })],
    ["training of plan read to be true or false, got undefined", planOf({ training: undefined })],
    [
      'objective of plan read to be values, score, loss or cotangent, got "logits"',
      planOf({ objective: "logits" }),
    ],
    [
      "the output of plan read, whose objective is loss, to be a number [], got the shape [3]",
      planOf({ objective: "loss" }),
    ],
    [
      "the output of plan read, whose objective is score, to be log-probabilities [classes], got the shape [1, 2, 2]",
      planOf({ objective: "score", graph: { ...graph, output: 0 } }),
    ],
    [
      "objective of plan read, which has update, to be loss or cotangent, got values",
      planOf({ update: true }),
    ],
    [
      "objective of plan read, which has inputGradients, to be loss or cotangent, got values",
      planOf({ inputGradients: true }),
    ],
    [
      "a parameter (or inputGradients) for plan read to take gradients of, got none before its output",
      planOf({ objective: "cotangent", graph: { ...graph, output: 0 }, kept: [] }),
    ],
    ["kept of plan read to be a list of node ids, got 3", planOf({ kept: 3 })],
    [
      "every node id in kept of plan read to be a whole number in 0..5, got 6",
      planOf({ kept: [0, 6] }),
    ],
    [
      "plan wide to have the parameters of plan read: fc1.weight [3, 4], got fc1.weight [9, 4]",
      {
        plans: {
          read: plans.read,
          wide: { ...plans.read, graph: tinyClassifier([1, 2, 2], 3, 9) },
        },
      },
    ],
    [
      "plan few to have the parameters of plan read: fc1.weight [3, 4], got none",
      { plans: { read: plans.read, few: { ...plans.read, graph: withoutParameters(), kept: [] } } },
    ],
    [
      "plan read to have the parameters of plan few: no parameter after these 0, got fc1.weight [3, 4]",
      { plans: { few: { ...plans.read, graph: withoutParameters(), kept: [] }, read: plans.read } },
    ],
    ["count of set some to be a whole number of 1 or more, got 0", setOf({ count: 0 })],
    ["count of set some to be a whole number of 1 or more, got undefined", { sets: { some: 1 } }],
    ["images of set some to be a Uint8Array, got a list of 20", setOf({ images: new Array(20) })],
    ["images of set some to be 5 × 4 bytes, got 19 bytes", setOf({ images: new Uint8Array(19) })],
    ["images of set some to be 4 × 4 bytes, got 20 bytes", setOf({ count: 4 })],
    ["labels of set some to be 5 bytes, got 6", setOf({ labels: new Uint8Array(6) })],
    [
      "labels of set some in 0..2, got 3 at image 1",
      setOf({ labels: Uint8Array.of(0, 3, 1, 2, 0) }),
    ],
  ])("expected %s", async (message, changed) => {
    expect(await refusal(changed)).toContain(`engine: expected ${message}`);
  });

  it("with unknown options of a plan", async () => {
    expect(await refusal(planOf({ keep: [0] }))).toBe(
      "engine: plan read: expected options graph, training, objective, update, averaged, augment, kept, inputGradients, got keep",
    );
  });

  it.each([undefined, null, 5, "plans"])("of %s", async (wrong) => {
    const message =
      "engine: expected options plans, sets, batchSize, update, threads, mean, std, build";
    await expect(Engine.create(wrong as never)).rejects.toThrow(message);
  });

  it("with labels beyond the classes where no plan reads labels it is", async () => {
    const labels = new Uint8Array(5).fill(255);
    expect(await refusal({ ...planOf({}), ...setOf({ labels }) })).toBe("nothing was thrown");
  });
});

function withoutParameters() {
  const image = imageInput([1, 2, 2]);
  return image.builder.finish(flatten(relu(image)));
}

describe("an engine", () => {
  let engine: Engine<Names[0], Names[1]>;
  beforeAll(async () => {
    engine = await Engine.create(options);
  });
  beforeEach(() => {
    engine.setParameters(tinyParameters());
    for (const set of ["some", "one"] as const) {
      engine.order(set).forEach((_, at, order) => {
        order[at] = at;
      });
    }
  });
  afterAll(() => engine.close());

  const score = { plan: "score", set: "some", from: 0, to: 3 };
  const train = { plan: "train", set: "some", from: 0, to: 3, learningRate: 0.1 };

  it.each<[string, object]>([
    ["plan to be train, score, read or slope, got undefined", {}],
    ['plan to be train, score, read or slope, got "evaluate"', { ...score, plan: "evaluate" }],
    ['set to be some or one, got "test"', { ...score, set: "test" }],
    [
      "options plan, set, from, to, learningRate, momentum, seed, stepBase, got learningrate",
      { ...train, learningrate: 1 },
    ],
    ["from to be a whole number in 0..3, got -1", { ...score, from: -1 }],
    ["from to be a whole number in 0..3, got undefined", { ...score, from: undefined }],
    ["from to be a whole number in 0..3, got 4", { ...score, from: 4, to: 4 }],
    ["to to be a whole number in 0..3, got 4", { ...score, to: 4 }],
    ["to to be a whole number in 2..3, got 1", { ...score, from: 2, to: 1 }],
    ["to to be a whole number in 0..3, got 1.5", { ...score, to: 1.5 }],
    ["seed to be a whole number in 0..4294967295, got -1", { ...score, seed: -1 }],
    ["stepBase to be a whole number in 0..4294967295, got 0.5", { ...score, stepBase: 0.5 }],
    [
      "learningRate to be a number above 0, as plan train has update, got undefined",
      { ...train, learningRate: undefined },
    ],
    [
      "learningRate to be a number above 0, as plan train has update, got 0",
      { ...train, learningRate: 0 },
    ],
    [
      "learningRate to be a number above 0, as plan train has update, got 1e+39",
      { ...train, learningRate: 1e39 },
    ],
    ["no learningRate, as plan score has no update, got 0.1", { ...score, learningRate: 0.1 }],
  ])("does not run where it expected %s", (message, command) => {
    expect(messageOf(() => engine.run(command as never))).toBe(`engine.run: expected ${message}`);
  });

  it("runs no steps, and none beyond a set's images", () => {
    const before = engine.parameters();
    engine.run({ plan: "train", set: "one", from: 1, to: 1, learningRate: 1 });
    expect(engine.parameters()).toEqual(before);
    expect(messageOf(() => engine.run({ plan: "score", set: "one", from: 0, to: 2 }))).toBe(
      "engine.run: expected to to be a whole number in 0..1, got 2",
    );
  });

  it("checks the order of the images that it runs over", () => {
    engine.order("some")[3] = 5;
    const steps = (from: number, to: number) => ({ plan: "score", set: "some", from, to }) as const;
    expect(messageOf(() => engine.run(steps(0, 3)))).toBe(
      'engine.run: expected order("some") to have images in 0..4, got 5 at position 3',
    );
    expect(messageOf(() => engine.run(steps(1, 2)))).toContain("got 5 at position 3");
    engine.run(steps(0, 1));
    engine.run(steps(2, 3));
    engine.order("some")[3] = 2 ** 32 - 1;
    expect(messageOf(() => engine.run(steps(1, 2)))).toContain("got 4294967295 at position 3");
  });

  it.each<[string, (wrong: never) => unknown]>([
    ["steps", (set) => engine.steps(set)],
    ["order", (set) => engine.order(set)],
    ["stepLosses", (set) => engine.stepLosses(set)],
    ["scores", (set) => engine.scores(set)],
  ])("knows its sets: %s", (_, call) => {
    for (const wrong of ["test", "toString", undefined, 0]) {
      expect(messageOf(() => call(wrong as never))).toContain(
        "expected set to be some or one, got",
      );
    }
  });

  const values = new Float32Array(3);

  it.each<[string, (wrong: never) => unknown]>([
    ["value", (plan) => engine.value(plan, 0, 0)],
    ["nodeGradient", (plan) => engine.nodeGradient(plan, 0, 0)],
    ["setInput", (plan) => engine.setInput(plan, 0, 0, values)],
    ["setCotangent", (plan) => engine.setCotangent(plan, 0, values)],
    ["phases", (plan) => engine.phases(plan)],
  ])("knows its plans: %s", (name, call) => {
    for (const wrong of ["evaluate", "toString", undefined]) {
      expect(messageOf(() => call(wrong as never))).toContain(
        `engine.${name}: expected plan to be train, score, read or slope, got`,
      );
    }
  });

  it("gives the values of the last batch's images, of the plan that ran last", () => {
    engine.run({ plan: "read", set: "some", from: 0, to: 3 });
    const { output } = graph;
    expect(engine.value("read", output, 0).length).toBe(3);
    expect(messageOf(() => engine.value("read", output, 1))).toBe(
      "engine.value: expected slot to be a whole number in 0..0, got 1",
    );
    expect(messageOf(() => engine.value("read", 99, 0))).toMatch(
      /^engine\.value: expected a node whose value plan read keeps \(0, .*5\), got node 99$/,
    );
    expect(messageOf(() => engine.value("slope", output, 0))).toBe(
      "engine.value: expected plan slope to have run last, got read",
    );
    engine.run({ plan: "slope", set: "some", from: 0, to: 1 });
    expect(engine.nodeGradient("slope", 0, 1).length).toBe(4);
    expect(messageOf(() => engine.nodeGradient("slope", 0, 2))).toBe(
      "engine.nodeGradient: expected slot to be a whole number in 0..1, got 2",
    );
    expect(messageOf(() => engine.value("read", output, 0))).toBe(
      "engine.value: expected plan read to have run last, got slope",
    );
  });

  it("takes cotangents of the output's size", () => {
    const wrong = (...args: [unknown, unknown]) =>
      messageOf(() => engine.setCotangent("slope", ...(args as [number, Float32Array])));
    expect(wrong(2, values)).toContain("expected slot to be a whole number in 0..1, got 2");
    expect(wrong(0, values.subarray(1))).toBe(
      "engine.setCotangent: expected values to be a Float32Array of 3, got a Float32Array of 2",
    );
    expect(wrong(0, [1, 2, 3])).toContain("got a list of 3");
  });

  it("takes values of inputs that are given alone", () => {
    expect(messageOf(() => engine.setInput("read", 0, 0, new Float32Array(4)))).toBe(
      "engine.setInput: expected an input of plan read whose values are given (there is none), got node 0",
    );
  });

  it.each<[string, unknown]>([
    ["parameters: expected a Map of tensors by name, got an object", {}],
    ["parameters: expected a Map of tensors by name, got undefined", undefined],
    ["parameters: expected fc1.weight, got none of this name", new Map()],
    ["fc1.weight: expected shape [3, 4], got undefined", withWeight(5)],
    ["fc1.weight: expected shape [3, 4], got undefined", withWeight(null)],
    ['fc1.weight: expected shape [3, 4], got "3,4"', withWeight({ shape: "3,4", values: [] })],
    ["fc1.weight: expected shape [3, 4], got [4, 3]", withWeight({ shape: [4, 3], values: [] })],
    [
      "fc1.weight: expected values to be a Float32Array of 12, got a list of 12",
      withWeight({ shape: [3, 4], values: new Array(12) }),
    ],
    [
      "fc1.weight: expected values to be a Float32Array of 12, got a Float64Array of 12",
      withWeight({ shape: [3, 4], values: new Float64Array(12) }),
    ],
    [
      "fc1.weight: expected values to be a Float32Array of 12, got a Float32Array of 11",
      withWeight({ shape: [3, 4], values: new Float32Array(11) }),
    ],
  ])("refuses parameters: %s", (message, parameters) => {
    expect(messageOf(() => engine.setParameters(parameters as never))).toBe(message);
  });

  it("measures only calls of the plan that ran last", () => {
    engine.run({ plan: "read", set: "some", from: 0, to: 1 });
    const [phase] = engine.phases("read");
    const [call] = phase!.calls;
    expect(engine.measureCall(call!, 2)).toBeGreaterThanOrEqual(0);
    const other = engine.phases("slope")[0]!.calls[0]!;
    expect(messageOf(() => engine.measureCall(other, 2))).toContain("the plan that ran last");
    expect(messageOf(() => engine.measureCall(call!, 0))).toContain("expected times to be");
    expect(messageOf(() => engine.measurePeak(-1))).toContain("expected iterations to be");
  });
});

function withWeight(weight: unknown): Map<string, unknown> {
  return new Map<string, unknown>([...tinyParameters(), ["fc1.weight", weight]]);
}

describe("before anything is set", () => {
  it("an engine has neither parameters nor gradients nor values", async () => {
    const engine = await Engine.create(options);
    const command = { plan: "slope", set: "some", from: 0, to: 1 } as const;
    const unset = "parameters to be set first (setParameters), got none";
    expect(messageOf(() => engine.run(command))).toBe(`engine.run: expected ${unset}`);
    expect(messageOf(() => engine.parameters())).toBe(`engine.parameters: expected ${unset}`);
    engine.setParameters(tinyParameters());
    expect(messageOf(() => engine.gradients())).toBe(
      "engine.gradients: expected a plan whose objective is loss or cotangent to have run, got none",
    );
    expect(messageOf(() => engine.value("slope", 0, 0))).toBe(
      "engine.value: expected plan slope to have run last, got none",
    );
    engine.run({ ...command, to: 0 });
    expect(messageOf(() => engine.gradients())).toContain("to have run, got none");
    engine.run(command);
    expect(engine.gradients().size).toBe(4);
    engine.close();
  });

  it("a graph without parameters runs at once", async () => {
    const read = { ...plans.read, graph: withoutParameters(), kept: [] };
    const engine = await Engine.create({ ...options, plans: { read } });
    engine.run({ plan: "read", set: "one", from: 0, to: 1 });
    expect([...engine.value("read", 2, 0)]).toEqual(
      [0, 37, 74, 111].map((b) => Math.fround(b / 255)),
    );
    engine.close();
  });
});

describe("values that are given", () => {
  it("go to an input of their own, with one value per entry", async () => {
    const builder = new GraphBuilder();
    const input = valuesInput(builder, "features", [3]);
    const given: EnginePlan = { ...plans.read, graph: builder.finish(relu(input)), kept: [0] };
    const some = { count: 1, images: new Uint8Array(), labels: new Uint8Array(1) };
    const engine = await Engine.create({ ...options, plans: { given }, sets: { some } });
    engine.setInput("given", 0, 0, Float32Array.of(1, -2, 3));
    engine.run({ plan: "given", set: "some", from: 0, to: 1 });
    expect([...engine.value("given", 1, 0)]).toEqual([1, 0, 3]);
    expect(messageOf(() => engine.setInput("given", 0, 0, new Float32Array(4)))).toBe(
      "engine.setInput: expected values to be a Float32Array of 3, got a Float32Array of 4",
    );
    expect(messageOf(() => engine.setInput("given", 1, 0, new Float32Array(3)))).toContain("(0)");
    engine.close();
    const withImages = { ...some, images: new Uint8Array(4) };
    expect(await refusal({ plans: { given }, sets: { some: withImages } })).toBe(
      "engine: expected images of set some to be empty, got 4 bytes",
    );
  });
});

describe("plans of different images", () => {
  /** The same parameters on images of another size. */
  function convolution(size: number, classes: number) {
    const image = imageInput([1, size, size]);
    return image.builder.finish(conv2d(image, "conv", { outChannels: classes, kernelSize: 2 }));
  }

  it("run on sets of theirs", async () => {
    const plan = { training: false, objective: "values", update: false } as const;
    const both = {
      small: { ...plan, graph: convolution(2, 3) },
      large: { ...plan, graph: convolution(3, 3) },
    };
    const parameters = new Map([
      ["conv.weight", { shape: [3, 1, 2, 2], values: new Float32Array(12).fill(1) }],
      ["conv.bias", { shape: [3], values: new Float32Array(3) }],
    ]);
    const sizes = { four: tinySet(2, 4), nine: tinySet(2, 9) };
    const engine = await Engine.create({ ...options, plans: both, sets: sizes });
    engine.setParameters(parameters);
    engine.run({ plan: "small", set: "four", from: 0, to: 1 });
    engine.run({ plan: "large", set: "nine", from: 0, to: 1 });
    expect(messageOf(() => engine.run({ plan: "small", set: "nine", from: 0, to: 1 }))).toBe(
      "engine.run: expected a set with images of 4 bytes, as plan small takes them, got 9 in nine",
    );
    engine.close();
    expect(await refusal({ plans: both, sets: { six: tinySet(2, 6) } })).toBe(
      "engine: expected images of set six to be 2 × 4 or 9 bytes, got 12 bytes",
    );
  });
});

describe("an engine that was closed", () => {
  it("refuses everything but to be closed again", async () => {
    const engine = await Engine.create({ ...options, threads: 2 });
    engine.setParameters(tinyParameters());
    engine.close();
    engine.close();
    const values = new Float32Array(3);
    const calls: (() => unknown)[] = [
      () => engine.run({ plan: "score", set: "some", from: 0, to: 1 }),
      () => engine.steps("some"),
      () => engine.order("some"),
      () => engine.stepLosses("some"),
      () => engine.scores("some"),
      () => engine.setParameters(tinyParameters()),
      () => engine.parameters(),
      () => engine.gradients(),
      () => engine.updateState(),
      () => engine.setUpdateState(new Map()),
      () => engine.averages(),
      () => engine.value("read", 0, 0),
      () => engine.nodeGradient("slope", 0, 0),
      () => engine.setImages("some", new Uint8Array(4)),
      () => engine.setInput("read", 0, 0, values),
      () => engine.setCotangent("slope", 0, values),
      () => engine.phases("read"),
      () => engine.measureCall({} as never, 1),
      () => engine.measurePeak(10),
    ];
    for (const call of calls) {
      expect(messageOf(call)).toBe("engine: expected an open engine, got one that was closed");
    }
    const methods = Object.getOwnPropertyNames(Engine.prototype).length;
    // All methods, but the constructor and `close`.
    expect(calls.length).toBe(methods - 2);
  });
});
