import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Tensor } from "../../src/graph/builder.js";
import type { Shape } from "../../src/graph/graph.js";
import * as fovea from "../../src/index.js";
import { deviation } from "./compare.js";
import { executors } from "./executors.js";
import { buildGraph, pose } from "./op-case.js";

interface Figures {
  readonly inputs: readonly { readonly shape: Shape; readonly values: readonly number[] }[];
  readonly shape: Shape;
  readonly y: readonly number[];
  readonly cotangent: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly parameters: Readonly<Record<string, { values: number[]; gradient: number[] }>>;
}

/** Written by `bench/cross-check/ops.py`. */
const pytorch: { readonly cases: Readonly<Record<string, Figures>> } = JSON.parse(
  readFileSync(new URL("pytorch-ops.json", import.meta.url), "utf8"),
);

const builds: Readonly<Record<string, (...inputs: Tensor[]) => Tensor>> = {
  "maxPool2d 3, stride 2, padding 1": (x) =>
    fovea.maxPool2d(x!, { kernelSize: 3, stride: 2, padding: 1 }),
  "maxPool2d [2, 3], stride [1, 2], padding [1, 0]": (x) =>
    fovea.maxPool2d(x!, { kernelSize: [2, 3], stride: [1, 2], padding: [1, 0] }),
  "avgPool2d 3, stride 2, padding 1": (x) =>
    fovea.avgPool2d(x!, { kernelSize: 3, stride: 2, padding: 1 }),
  "avgPool2d 3, stride 2, padding 1, countIncludePad false": (x) =>
    fovea.avgPool2d(x!, { kernelSize: 3, stride: 2, padding: 1, countIncludePad: false }),
  globalAvgPool2d: fovea.globalAvgPool2d,
  globalMaxPool2d: fovea.globalMaxPool2d,
  channelMean: fovea.channelMean,
  channelMax: fovea.channelMax,
  "add of a channel vector": (x, v) => fovea.add(x!, v!),
  "sub of a map": (x, m) => fovea.sub(x!, m!),
  "mul of a map and a channel vector": (m, v) => fovea.mul(m!, v!),
  "div by a channel vector": (x, v) => fovea.div(x!, v!),
  "div of a number": (x) => fovea.div(3, x!),
  "sub from a number": (x) => fovea.sub(1, x!),
  concat: (...x) => fovea.concat(x),
  "concat of tokens": (...x) => fovea.concat(x, 2),
  reshape: (x) => fovea.reshape(x!, [6, 2, 5]),
  slice: (x) => fovea.slice(x!, 1, 1, 3),
  transpose: (x) => fovea.transpose(x!, 0, 2),
  "softmax over channels": (x) => fovea.softmax(x!),
  "softmax over positions": (x) => fovea.softmax(x!, { over: "positions" }),
  matmul: (a, b) => fovea.matmul(a!, b!),
  "matmul of stacks": (a, b) => fovea.matmul(a!, b!),
  "gridSample zeros": (x, grid) => fovea.gridSample(x!, grid!),
  "gridSample border": (x, grid) =>
    fovea.gridSample(x!, grid!, { paddingMode: "border", alignCorners: false }),
  "gridSample border alignCorners": (x, grid) =>
    fovea.gridSample(x!, grid!, { paddingMode: "border", alignCorners: true }),
  "gridSample reflection": (x, grid) =>
    fovea.gridSample(x!, grid!, { paddingMode: "reflection", alignCorners: false }),
  "gridSample reflection alignCorners": (x, grid) =>
    fovea.gridSample(x!, grid!, { paddingMode: "reflection", alignCorners: true }),
  "interpolate nearest": (x) => fovea.interpolate(x!, { size: [7, 5] }),
  "interpolate bilinear": (x) => fovea.interpolate(x!, { size: [7, 5], mode: "bilinear" }),
  "interpolate bilinear alignCorners": (x) =>
    fovea.interpolate(x!, { size: [7, 3], mode: "bilinear", alignCorners: true }),
  "interpolate scaleFactor": (x) =>
    fovea.interpolate(x!, { scaleFactor: [1.7, 0.6], mode: "bilinear" }),
  windowAttention: (q, k, v) =>
    fovea.windowAttention(q!, k!, v!, { heads: 2, window: [2, 3], bias: { name: "table" } }),
};

it("every case of PyTorch's has a graph, and the other way round", () => {
  expect(Object.keys(builds)).toEqual(Object.keys(pytorch.cases));
});

it.each(executors.flatMap((executor) => Object.keys(builds).map((name) => ({ executor, name }))))(
  "$executor.name has PyTorch's $name",
  async ({ executor, name }) => {
    const { inputs, shape, y, cotangent, gradients, parameters } = pytorch.cases[name]!;
    const opCase = {
      name,
      inputs: inputs.map((input) => input.shape),
      fills: inputs.map(
        ({ values }) =>
          () =>
            Float64Array.from(values),
      ),
      images: 1,
      batchSize: 1,
      build: builds[name]!,
    };
    const { nodes, output } = buildGraph(opCase);
    expect(nodes[output]!.shape).toEqual(shape);
    const problem = pose(opCase);
    problem.cotangents[0]!.set(cotangent);
    for (const [at, { values }] of Object.entries(parameters)) {
      problem.parameters.get(at)!.values.set(values);
    }
    const [batch] = await executor.run(problem);
    expect(deviation(batch!.outputs[0]!, y)).toBeLessThan(5e-6);
    gradients.forEach((gradient, at) => {
      expect(deviation(batch!.inputGradients[0]![at]!, gradient), `input ${at}`).toBeLessThan(5e-6);
    });
    for (const [at, { gradient }] of Object.entries(parameters)) {
      expect(deviation(batch!.parameterGradients.get(at)!, gradient), at).toBeLessThan(5e-6);
    }
  },
);
