import { batchNorm1d, batchNorm2d } from "../../../src/graph/ops/batch-norm.js";
import { groupNorm } from "../../../src/graph/ops/group-norm.js";
import { layerNorm } from "../../../src/graph/ops/layer-norm.js";
import { relu } from "../../../src/graph/ops/relu.js";
import type { OpCase } from "../op-case.js";
import type { Fill } from "../random.js";
import type { OpCases } from "./index.js";

const vectors = [[1], [3], [4], [5], [9], [20]];
const maps = [
  [1, 1, 1],
  [1, 3, 5],
  [3, 2, 4],
  [4, 3, 3],
  [5, 5, 1],
  [20, 1, 2],
  [37, 3, 3],
];

function named(shape: readonly number[], rest = ""): string {
  return `[${shape.join(", ")}]${rest}`;
}

/** Around a mean far from 0. */
const shifted: Fill = (count, random) =>
  Float64Array.from({ length: count }, () => Math.fround(3 + 0.5 * random()));

/** Enough images that few values do not make the gradients differences of nearly equal numbers, which rounding hides. */
const batches = { training: true, images: 13, batchSize: 8 };

/** In training, in evaluation, and without weight and bias. */
function batchNormCases(
  norm: typeof batchNorm2d,
  shapes: readonly (readonly number[])[],
): OpCase[] {
  return [
    ...shapes.flatMap((shape) => [
      {
        name: named(shape),
        inputs: [shape],
        build: (x: Parameters<typeof norm>[0]) => norm(x, "bn"),
      },
      {
        name: named(shape, ", in training"),
        inputs: [shape],
        ...batches,
        build: (x: Parameters<typeof norm>[0]) => norm(x, "bn"),
      },
      {
        name: named(shape, ", in training, not affine, other eps"),
        inputs: [shape],
        ...batches,
        build: (x: Parameters<typeof norm>[0]) => norm(x, "bn", { affine: false, eps: 0.2 }),
      },
    ]),
    {
      name: named(shapes[2]!, ", not affine"),
      inputs: [shapes[2]!],
      build: (x) => norm(x, "bn", { affine: false }),
    },
    {
      name: named(shapes[3]!, ", mean far from 0, in training"),
      inputs: [shapes[3]!],
      fills: [shifted],
      ...batches,
      build: (x) => norm(x, "bn"),
    },
    {
      name: named(shapes[3]!, ", a last batch of one image, in training"),
      inputs: [shapes[3]!],
      images: 5,
      batchSize: 4,
      training: true,
      build: (x) => norm(x, "bn", { eps: 0.1 }),
    },
    {
      name: named(shapes[4]!, ", two in turn, in training"),
      inputs: [shapes[4]!],
      ...batches,
      build: (x) => norm(relu(norm(x, "a", { eps: 0.1 })), "b", { eps: 0.1 }),
      notDifferentiable: "the ReLU has kinks",
    },
  ];
}

export const cases: OpCases = {
  batchNorm1d: batchNormCases(batchNorm1d, vectors),
  batchNorm2d: batchNormCases(batchNorm2d, maps),
  layerNorm: [
    ...[...vectors, ...maps].map((shape) => ({
      name: named(shape),
      inputs: [shape],
      build: (x: Parameters<typeof layerNorm>[0]) => layerNorm(x, "ln"),
    })),
    {
      name: "not affine, other eps",
      inputs: [[6, 3, 1]],
      build: (x) => layerNorm(x, "ln", { affine: false, eps: 0.2 }),
    },
    {
      name: "mean far from 0",
      inputs: [[9, 1, 5]],
      fills: [shifted],
      build: (x) => layerNorm(x, "ln"),
    },
  ],
  groupNorm: [
    ...[
      { shape: [4], groups: 2 },
      { shape: [9], groups: 1 },
      { shape: [1, 1, 1], groups: 1 },
      { shape: [1, 3, 5], groups: 1 },
      { shape: [3, 2, 4], groups: 3 },
      { shape: [6, 5, 1], groups: 2 },
      { shape: [20, 3, 3], groups: 4 },
      { shape: [20, 3, 3], groups: 20 },
    ].map(({ shape, groups }) => ({
      name: named(shape, `, ${groups} groups`),
      inputs: [shape],
      build: (x: Parameters<typeof groupNorm>[0]) => groupNorm(x, "gn", { groups }),
    })),
    {
      name: "not affine, other eps",
      inputs: [[6, 3, 1]],
      build: (x) => groupNorm(x, "gn", { groups: 3, affine: false, eps: 0.2 }),
    },
    {
      name: "mean far from 0",
      inputs: [[8, 3, 3]],
      fills: [shifted],
      build: (x) => groupNorm(x, "gn", { groups: 2 }),
    },
  ],
};
