import { describe, expect, it } from "vitest";
import type { Graph, Node, Shape } from "../../src/graph/graph.js";
import { sizeOf } from "../../src/graph/graph.js";
import { definitionOf, nodesOfRole } from "../../src/graph/node-facts.js";
import { type OpName, ops } from "../../src/graph/ops/index.js";
import type { OpDefinition, ReferenceCall } from "../../src/graph/ops/op.js";
import { runReference } from "../../src/graph/reference.js";
import { networkBlocks } from "../../src/report/network-blocks.js";
import { graphOf } from "../models/graph-of.js";
import { casesOf } from "./cases/index.js";
import { buildGraph, type OpCase, type Problem, pose } from "./op-case.js";
import { seededRandom } from "./random.js";

const names = Object.keys(ops) as OpName[];

/** The nodes of an op in its cases, with the numbers of their graphs; those of large graphs are left out. */
function nodesIn(name: OpName): { problem: Problem; node: Node }[] {
  return casesOf(name)
    .filter(({ inputs }) => inputs.every((shape) => sizeOf(shape) <= 120))
    .filter((_, index) => index % 3 === 0)
    .flatMap((opCase: OpCase) => {
      const problem = pose({ ...opCase, images: 3, batchSize: 3 });
      const own = problem.graph.nodes.filter(({ op }) => op === name);
      return own.map((node) => ({ problem, node }));
    });
}

/** A graph of this node alone, whose inputs are given. */
function alone({ nodes, parameters }: Graph, node: Node): Graph {
  const inputs = node.inputs.map(
    (id, at) =>
      ({
        ...nodes[id]!,
        ...{ id: at, op: "input", inputs: [], parameters: [], label: `x${at}` },
        attributes: { shape: nodes[id]!.shape, source: "values" },
      }) as Node,
  );
  const own = { ...node, id: inputs.length, inputs: inputs.map(({ id }) => id) };
  return { nodes: [...inputs, own], parameters, output: own.id };
}

/** What a node gives for values of its inputs, `[image][input]`. */
function evaluate(
  problem: Problem,
  node: Node,
  values: readonly (readonly Float64Array[])[],
): Float64Array[] {
  const graph = alone(problem.graph, node);
  const batch = values.map((ofImage, image) => ({
    inputs: new Map(ofImage.map((each, input) => [input, each])),
    label: problem.labels[image]!,
  }));
  const { training, seed } = problem;
  const results = runReference(graph, batch, problem.parameters, { training, seed });
  return results.map((ofImage) => ofImage[graph.output]!);
}

/** Which channels of a node change, in any image, when a channel of one of its inputs does. */
function changedChannels(problem: Problem, node: Node, input: number, channel: number): boolean[] {
  const random = seededRandom(3);
  const shapes = node.inputs.map((id) => problem.graph.nodes[id]!.shape);
  const values = problem.labels.map(() =>
    shapes.map((shape) => Float64Array.from({ length: sizeOf(shape) }, () => random() - 0.5)),
  );
  const before = evaluate(problem, node, values);
  const size = sizeOf(shapes[input]!.slice(1));
  for (const ofImage of values) {
    for (let at = channel * size; at < (channel + 1) * size; at++) ofImage[input]![at]! += 1;
  }
  const after = evaluate(problem, node, values);
  const own = sizeOf(node.shape.slice(1));
  return Array.from({ length: node.shape[0] ?? 1 }, (_, at) =>
    after.some((result, image) =>
      result
        .subarray(at * own, (at + 1) * own)
        .some((value, index) => value !== before[image]![at * own + index]),
    ),
  );
}

function readChannels(problem: Problem, node: Node, input: number, read: readonly boolean[]) {
  return definitionOf(node).readsChannels({
    input,
    read,
    inputShapes: node.inputs.map((id) => problem.graph.nodes[id]!.shape),
    parameters: node.parameters.map((index) => {
      const { shape, values } = problem.parameters.get(problem.graph.parameters[index]!.name)!;
      return { shape, values: Float32Array.from(values) };
    }),
    attributes: node.attributes,
  });
}

describe.each(names)("%s", (name) => {
  const definition = ops[name] as unknown as OpDefinition<unknown>;
  const nodes = nodesIn(name);

  it("says which channels it reads", () => {
    for (const { problem, node } of nodes) {
      // Some weights of 0, so that not everything is read.
      const weights = problem.parameters.get(
        problem.graph.parameters[node.parameters[0] ?? -1]?.name ?? "",
      );
      weights?.values.fill(0, 0, Math.ceil(weights.values.length / 2));
      node.inputs.forEach((id, input) => {
        const channels = problem.graph.nodes[id]!.shape[0] ?? 1;
        const own = Array.from({ length: node.shape[0] ?? 1 }, (_, at) => at);
        const nothing = own.map(() => false);
        expect(readChannels(problem, node, input, nothing)).toEqual(Array(channels).fill(false));
        const reads = own.map((at) =>
          readChannels(
            problem,
            node,
            input,
            own.map((each) => each === at),
          ),
        );
        for (let channel = 0; channel < channels; channel++) {
          changedChannels(problem, node, input, channel).forEach((changed, at) => {
            if (changed) expect(reads[at]![channel], `${channel} for ${at}`).toBe(true);
          });
        }
      });
    }
  });

  it("says whether it keeps channels apart", () => {
    const isApart = nodes.every(({ problem, node }) => {
      if (node.inputs.length !== 1) return false;
      const channels = problem.graph.nodes[node.inputs[0]!]!.shape[0]!;
      if (channels !== (node.shape[0] ?? 1)) return false;
      return Array.from({ length: channels }, (_, channel) =>
        changedChannels(problem, node, 0, channel).every(
          (changed, at) => !changed || at === channel,
        ),
      ).every((apart) => apart);
    });
    // Ops whose cases have only one channel cannot be told apart.
    if (definition.keepsChannelsApart) expect(isApart).toBe(true);
    else expect(isApart && nodes.some(({ node }) => (node.shape[0] ?? 1) > 1)).toBe(false);
  });

  it("says how many random decisions it takes", () => {
    for (const { problem, node } of nodes) {
      if (definition.scope !== "image" || node.inputs.length === 0) continue;
      const asked = new Set<number>();
      const call: ReferenceCall<unknown> = {
        inputs: node.inputs.map((id) => {
          const { shape } = problem.graph.nodes[id]!;
          return { shape, values: new Float64Array(sizeOf(shape)).fill(1) };
        }),
        parameters: node.parameters.map(
          (index) => problem.parameters.get(problem.graph.parameters[index]!.name)!,
        ),
        attributes: node.attributes,
        shape: node.shape,
        label: 0,
        labels: [0],
        training: true,
        keeps(position) {
          asked.add(position);
          return true;
        },
      };
      definition.forward(call);
      const units = definition.randomUnits(node.shape);
      expect([...asked].sort((a, b) => a - b)).toEqual(
        Array.from({ length: units }, (_, at) => at),
      );
    }
  });

  it("names inputs that it has in its role", () => {
    const inputs = Object.values(definition.role).filter((value) => typeof value === "number");
    expect(new Set(inputs).size).toBe(inputs.length);
    const { inputCount } = definition;
    const least = typeof inputCount === "number" ? inputCount : inputCount.least;
    for (const input of inputs) expect(input).toBeLessThan(least);
    const hasNeither = least === 0 && definition.parameterLayouts.length === 0;
    expect(definition.role.kind === "input").toBe(hasNeither);
  });

  it("has a layout for each parameter", () => {
    for (const { node } of nodes) {
      expect(node.parameters.length).toBeLessThanOrEqual(definition.parameterLayouts.length);
    }
  });
});

describe("drawings", () => {
  const captions: Partial<Record<OpName, string | undefined>> = {
    input: undefined,
    conv2d: "conv 3×3, 3 → 1",
    coordConv2d: "CoordConv 3×3, 1 → 1",
    linear: "linear 1 → 6",
    maxPool2d: "max-pool 3×3",
    relu: "ReLU",
    dropout: "dropout 0.9",
    dropout2d: "dropout2d 0.9",
    affineGrid: "6 numbers → map",
    gridSample: "bilinear",
    scaledDotProductAttention: "softmax(q·k)·v, 1 head",
    batchAttention: "softmax(q·k)·v, 2 heads",
    add: undefined,
    flatten: "flatten",
    logSoftmax: "log-softmax",
    nll: "nll",
    mse: "mean squared error",
  };
  /** Words that find the case whose caption is above; without them it is the first one. */
  const which: Partial<Record<OpName, RegExp>> = {
    maxPool2d: /window 3/,
    dropout: /0.9/,
    dropout2d: /0.9/,
    scaledDotProductAttention: /^1 heads/,
    batchAttention: /^2 heads/,
  };

  it.each(names)("of %s", (name) => {
    const opCase = casesOf(name).find((each) => which[name]?.test(each.name) ?? true)!;
    const { nodes } = buildGraph(opCase);
    const node = nodes.find(({ op }) => op === name)!;
    const inputs = node.inputs.map((id): Shape => nodes[id]!.shape);
    const { title, ...drawing } = definitionOf(node).drawing;
    const caption = drawing.caption(inputs, node.attributes, node.shape);
    if (name in captions) expect(caption).toBe(captions[name]);
    // A box without either would be empty.
    expect(title ?? caption).toMatch(/./);
    const blocks = networkBlocks(buildGraph(opCase));
    expect(blocks.every((block) => block.title !== "")).toBe(true);
  });
});

it("roles find the parts of networks", () => {
  const image = { channels: 1, rows: 28, columns: 28 };
  const found = (name: "stn" | "mha" | "mha-batch", kind: Parameters<typeof nodesOfRole>[1]) =>
    nodesOfRole(graphOf(name, image, 10), kind).map(({ node }) => node.op);
  expect(found("stn", "sampler")).toEqual(["gridSample"]);
  expect(found("stn", "gridMap")).toEqual(["affineGrid"]);
  expect(found("mha", "attention")).toEqual(Array(2).fill("scaledDotProductAttention"));
  expect(found("mha-batch", "attention")).toEqual(Array(2).fill("batchAttention"));
  expect(found("mha", "sampler")).toEqual([]);
  expect(found("stn", "input")).toEqual(["input"]);
});
