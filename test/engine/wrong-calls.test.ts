import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { InputError } from "../../src/errors.js";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { BATCH, graph, plans, sets, tinyParameters } from "./tiny-classifier.js";

const options = { plans, sets, batchSize: BATCH, threads: 1 };
type TinyEngine = Engine<keyof typeof plans, keyof typeof sets>;

/** Values that plain JavaScript may pass. */
const anything = fc.constantFrom<unknown>(
  ...[undefined, null, true, Number.NaN, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e-50, 5n],
  ...["", "train", "constructor", "__proto__", Symbol("x"), () => 0],
  ...[{}, [], [0], new Map(), new Float32Array(3), new Uint8Array(4), Object.create(null)],
);

/** Mostly one of these valid values, so that a call has only one or two wrong values. */
function mostly<T>(...fitting: readonly T[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 16, arbitrary: fc.constantFrom(...fitting) }, anything);
}

/** An object with some values wrong or missing. */
function nearly(fitting: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  const objects = fc.record(fitting, { requiredKeys: [] });
  const whole = fc.record(fitting);
  return fc.oneof({ weight: 16, arbitrary: whole }, { weight: 1, arbitrary: objects }, anything);
}

const plan = mostly(...Object.keys(plans));
const set = mostly(...Object.keys(sets));
const node = mostly(...graph.nodes.map(({ id }) => id));
const slot = mostly(0, 1, 2);
const step = mostly(0, 1, 2, 3);
const values = mostly(new Float32Array(3), new Float32Array(4));
const command = nearly({ plan, set, from: mostly(0, 1), to: step, seed: mostly(0, 7) });
const training = nearly({
  ...{ plan: fc.constant("train"), set, from: mostly(0, 1), to: step },
  learningRate: mostly(0.1, 1),
});

function changedParameters(): fc.Arbitrary<unknown> {
  const entries = [...tinyParameters()].map(([name, tensor]) => {
    const changed = nearly({
      shape: mostly(tensor.shape, tensor.shape),
      values: mostly(
        tensor.values,
        tensor.values.map(() => Number.NaN),
      ),
    });
    return fc.tuple(mostly(name, name, name), changed);
  });
  return fc.oneof(
    fc.tuple(...entries).map((pairs) => new Map(pairs)),
    fc.constant(tinyParameters()),
    anything,
  );
}

/** A method and its arguments. */
type Call = readonly [
  name: string,
  make: (engine: TinyEngine, ...args: never[]) => unknown,
  fc.Arbitrary<unknown[]>,
];

const calls: readonly Call[] = [
  ["run", (engine, given) => engine.run(given), fc.tuple(fc.oneof(command, training))],
  ["setParameters", (engine, given) => engine.setParameters(given), fc.tuple(changedParameters())],
  ["parameters", (engine) => engine.parameters(), fc.tuple()],
  ["gradients", (engine) => engine.gradients(), fc.tuple()],
  [
    "value",
    (engine, ...args: [never, never, never]) => engine.value(...args),
    fc.tuple(plan, node, slot),
  ],
  [
    "nodeGradient",
    (engine, ...args: [never, never, never]) => engine.nodeGradient(...args),
    fc.tuple(plan, node, slot),
  ],
  [
    "setInput",
    (engine, ...args: [never, never, never, never]) => engine.setInput(...args),
    fc.tuple(plan, node, slot, values),
  ],
  [
    "setCotangent",
    (engine, ...args: [never, never, never]) => engine.setCotangent(...args),
    fc.tuple(plan, slot, values),
  ],
  ["steps", (engine, name) => engine.steps(name), fc.tuple(set)],
  ["stepLosses", (engine, name) => engine.stepLosses(name), fc.tuple(set)],
  ["scores", (engine, name) => engine.scores(name), fc.tuple(set)],
  [
    "a write to order",
    (engine, name, at, image) => {
      engine.order(name)[at] = Number(image);
    },
    fc.tuple(set, fc.nat(6), fc.nat(2 ** 32 - 1)),
  ],
  [
    "measureCall",
    (engine, name, at, times) =>
      engine.measureCall(engine.phases(name)[0]?.calls[at] as never, times),
    fc.tuple(plan, fc.nat(5), mostly(1, 2)),
  ],
];

const sequence = fc.array(
  fc.oneof(...calls.map(([name, make, args]) => args.map((given) => ({ name, make, given })))),
  { maxLength: 12 },
);

let engine: TinyEngine;
let expected: NamedTensors;
beforeAll(async () => {
  engine = await Engine.create(options);
  expected = trained();
});
afterAll(() => engine.close());

/** The result of a training, which must not depend on earlier calls. */
function trained(): NamedTensors {
  engine.setParameters(tinyParameters());
  engine.order("some").forEach((_, at, order) => {
    order[at] = at;
  });
  engine.run({ plan: "train", set: "some", from: 0, to: 3, learningRate: 0.5, seed: 1 });
  return engine.parameters();
}

it("any calls in any order work or are refused with an InputError, and leave nothing behind", () => {
  const outcomes = { worked: new Set<string>(), refused: new Set<string>() };
  fc.assert(
    fc.property(fc.constantFrom("read", "slope"), sequence, (first, made) => {
      engine.run({ plan: first, set: "some", from: 0, to: 1 });
      for (const { name, make, given } of made) {
        try {
          make(engine, ...(given as never[]));
          outcomes.worked.add(name);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          expect(error.message).toMatch(/^[^\n]+: expected [^\n]+, got [^\n]+$/);
          outcomes.refused.add(name);
        }
      }
      expect(trained()).toEqual(expected);
    }),
    { numRuns: 500 },
  );
  const always = ["parameters"];
  const names = calls.map(([name]) => name);
  // What is drawn reaches both ends of every method that has two.
  expect([...outcomes.worked].sort()).toEqual(names.filter((name) => name !== "setInput").sort());
  expect([...outcomes.refused, ...always].sort()).toEqual(
    names.filter((name) => name !== "gradients").sort(),
  );
});

const planOptions = fc.oneof(
  fc.constantFrom(...Object.values(plans)),
  nearly({
    graph: mostly(graph, plans.train.graph),
    training: mostly(true, false),
    objective: mostly("values", "score", "loss", "cotangent"),
    update: mostly(false, false, true),
    kept: mostly(undefined, [0], [graph.output]),
    inputGradients: mostly(undefined, false, true),
  }),
);
const setOptions = fc.oneof(
  fc.constantFrom(...Object.values(sets)),
  nearly({
    count: mostly(1, 2),
    images: mostly(new Uint8Array(4), new Uint8Array(8)),
    labels: mostly(new Uint8Array(1), new Uint8Array(2), Uint8Array.of(3)),
  }),
);
const engineOptions = nearly({
  plans: fc.oneof({ weight: 16, arbitrary: fc.record({ one: planOptions }) }, anything),
  sets: fc.oneof({ weight: 16, arbitrary: fc.record({ images: setOptions }) }, anything),
  batchSize: mostly(1, 2, 3),
  threads: fc.oneof(
    { weight: 8, arbitrary: fc.constant(1) },
    anything.filter((x) => x !== 2 ** 31),
  ),
  mean: mostly(0, 0.1),
  std: mostly(1, 0.3),
  build: mostly(undefined, "mul-add", "relaxed-fma"),
});

it("any options make an engine that runs, or are refused with an InputError", async () => {
  let [made, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(engineOptions, async (given) => {
      let tried: Engine;
      try {
        tried = await Engine.create(given as never);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        refused++;
        return;
      }
      made++;
      const { update } = (given as typeof options).plans["one" as "train"];
      tried.setParameters(tinyParameters());
      tried.run({
        plan: "one",
        set: "images",
        from: 0,
        to: 1,
        ...(update && { learningRate: 0.1 }),
      });
      tried.close();
    }),
    { numRuns: 400 },
  );
  expect(made).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(20);
});
