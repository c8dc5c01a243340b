import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  batchNorm1d,
  batchNorm2d,
  groupNorm,
  layerNorm,
  type Shape,
  type Tensor,
} from "../../src/index.js";
import { trainedBuffers } from "./buffers.js";
import { deviation } from "./compare.js";
import { builds, executors } from "./executors.js";
import { type Problem, pose } from "./op-case.js";

interface Figures {
  readonly shape: Shape;
  readonly start: Readonly<Record<string, { shape: number[]; values: number[] }>>;
  readonly x: readonly number[][];
  readonly gradient: readonly number[][];
  readonly y: readonly number[][];
  readonly gx: readonly number[][];
  readonly parameters: Readonly<Record<string, number[]>>;
  readonly after: Figures["start"];
  readonly evaluation: readonly number[][];
}

/** Written by `bench/cross-check/norms.py`. */
const pytorch: { readonly norms: Readonly<Record<string, Figures>> } = JSON.parse(
  readFileSync(new URL("pytorch-norms.json", import.meta.url), "utf8"),
);

const changed = { affine: false, eps: 0.1 };
const norms: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  batchNorm2d: (x) => batchNorm2d(x, "norm"),
  "batchNorm2d not affine, eps 0.1, momentum 0.3": (x) =>
    batchNorm2d(x, "norm", { ...changed, momentum: 0.3 }),
  batchNorm1d: (x) => batchNorm1d(x, "norm"),
  layerNorm: (x) => layerNorm(x, "norm"),
  "layerNorm not affine, eps 0.1": (x) => layerNorm(x, "norm", changed),
  groupNorm: (x) => groupNorm(x, "norm", { groups: 3 }),
  "groupNorm not affine, eps 0.1": (x) => groupNorm(x, "norm", { groups: 2, ...changed }),
};

/** PyTorch's numbers, all images in one batch. */
function problemOf(name: string, tensors: Figures["start"], training: boolean): Problem {
  const { shape, x, gradient } = pytorch.norms[name]!;
  const posed = pose({
    name,
    inputs: [shape],
    images: x.length,
    batchSize: x.length,
    training,
    build: (input) => norms[name]!(input!),
  });
  return {
    ...posed,
    images: x.map((values) => ({ inputs: new Map([[0, Float64Array.from(values)]]) })),
    cotangents: gradient.map((values) => Float64Array.from(values)),
    parameters: new Map(
      Object.entries(tensors).map(([own, tensor]) => [
        `norm.${own}`,
        { shape: tensor.shape, values: Float64Array.from(tensor.values) },
      ]),
    ),
  };
}

function expectNear(found: ArrayLike<number>, expected: readonly number[], what: string): void {
  expect(deviation(found, expected), what).toBeLessThan(1e-5);
}

describe.each(executors)("$name has PyTorch's normalisations", (executor) => {
  it.each(Object.keys(pytorch.norms))("%s", async (name) => {
    const figures = pytorch.norms[name]!;
    const [batch] = await executor.run(problemOf(name, figures.start, true));
    figures.y.forEach((y, image) => {
      expectNear(batch!.outputs[image]!, y, `image ${image}`);
      expectNear(batch!.inputGradients[image]![0]!, figures.gx[image]!, `gradient of ${image}`);
    });
    const gradients = Object.entries(figures.parameters);
    expect(batch!.parameterGradients.size).toBe(gradients.length);
    for (const [own, gradient] of gradients) {
      expectNear(batch!.parameterGradients.get(`norm.${own}`)!, gradient, own);
    }
  });

  it.each(Object.keys(pytorch.norms))("%s in evaluation", async (name) => {
    const { after, evaluation } = pytorch.norms[name]!;
    const [batch] = await executor.run(problemOf(name, after, false));
    for (const [image, y] of evaluation.entries()) {
      expectNear(batch!.outputs[image]!, y, `image ${image}`);
    }
  });
});

describe.each(builds)("%s moves running statistics as PyTorch does", (build) => {
  const names = Object.keys(pytorch.norms).filter((name) => name.startsWith("batchNorm"));

  it.each(names)("%s", async (name) => {
    const { start, after } = pytorch.norms[name]!;
    const problem = problemOf(name, start, true);
    const buffers = ["running_mean", "running_var"];
    const trained = await trainedBuffers(problem, build, { update: true });
    const kept = await trainedBuffers(problem, build, { update: false });
    expect([...trained.keys()]).toEqual(buffers.map((own) => `norm.${own}`));
    for (const own of buffers) {
      expectNear(trained.get(`norm.${own}`)!.values, after[own]!.values, own);
      expect(Array.from(kept.get(`norm.${own}`)!.values)).toEqual(start[own]!.values);
    }
  });

  it("a batch of one value per channel gives the bias, and leaves them as they are", async () => {
    const problem = pose({
      name: "one value",
      inputs: [[5]],
      images: 1,
      batchSize: 1,
      training: true,
      build: (x) => batchNorm1d(x!, "norm"),
    });
    const trained = await trainedBuffers(problem, build, { update: true });
    for (const [name, { values }] of trained) {
      expect(Array.from(values)).toEqual(Array.from(problem.parameters.get(name)!.values));
    }
    for (const executor of executors) {
      const [batch] = await executor.run(problem);
      const { values: bias } = problem.parameters.get("norm.bias")!;
      expect(Array.from(batch!.outputs[0]!)).toEqual(Array.from(bias));
      expect(Array.from(batch!.inputGradients[0]![0]!, Math.abs)).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it("and counts a value that is not finite", async () => {
    const problem = problemOf("batchNorm2d", pytorch.norms.batchNorm2d!.start, true);
    problem.images[0]!.inputs.get(0)![0] = Number.NaN;
    const trained = await trainedBuffers(problem, build, { update: true });
    for (const { values } of trained.values()) {
      expect(Array.from(values, Number.isNaN)).toEqual([true, false, false, false, false]);
    }
  });
});
