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
};

it("every case of PyTorch's has a graph, and the other way round", () => {
  expect(Object.keys(builds)).toEqual(Object.keys(pytorch.cases));
});

it.each(executors.flatMap((executor) => Object.keys(builds).map((name) => ({ executor, name }))))(
  "$executor.name has PyTorch's $name",
  async ({ executor, name }) => {
    const { inputs, shape, y, cotangent, gradients } = pytorch.cases[name]!;
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
    const [batch] = await executor.run(problem);
    expect(deviation(batch!.outputs[0]!, y)).toBeLessThan(5e-6);
    gradients.forEach((gradient, at) => {
      expect(deviation(batch!.inputGradients[0]![at]!, gradient), `input ${at}`).toBeLessThan(5e-6);
    });
  },
);
