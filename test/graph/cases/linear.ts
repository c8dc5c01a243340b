import type { Tensor } from "../../../src/graph/builder.js";
import { linear, packedLinear } from "../../../src/graph/ops/linear.js";
import { relu } from "../../../src/graph/ops/relu.js";
import type { OpCase } from "../op-case.js";
import { fixed } from "../random.js";
import type { OpCases } from "./index.js";

const names = { weight: "in_proj_weight", bias: "in_proj_bias" };

function layer(shape: readonly number[], outFeatures: number, bias: boolean): OpCase {
  return {
    name: `[${shape.join(", ")}] → ${outFeatures}, ${bias ? "with" : "without"} bias`,
    inputs: [shape],
    build: (x) => linear(x, "fc", { outFeatures, bias }),
  };
}

function slice(shape: readonly number[], outFeatures: number, index: number): OpCase {
  return {
    name: `slice ${index} of 3 of [${shape.join(", ")}] → ${outFeatures}`,
    inputs: [shape],
    build: (x) => packedLinear(x, names, { index, slices: 3, outFeatures }),
  };
}

/** Lengths around whole vectors of 4, on both sides. */
const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 13];

const linearCases: readonly OpCase[] = [
  ...lengths.map((features) => layer([features], 6, true)),
  ...lengths.map((outFeatures) => layer([7], outFeatures, false)),
  ...lengths.map((features) => layer([features, 3, 5], 5, true)),
  ...lengths.map((outFeatures) => layer([6, 2, 3], outFeatures, false)),
  ...[1, 2, 3, 4, 7].map((columns) => layer([5, 1, columns], 7, true)),
  // Two blocks of 12 features, the second one with a tail.
  ...[14, 23].map((outFeatures) => layer([outFeatures, 1, 4], outFeatures, true)),
  layer([90], 32, true),
  ...[0, 1, 2].flatMap((index) => [slice([10], 10, index), slice([10, 3, 3], 10, index)]),
  {
    name: "a vector with stretches of zeros",
    inputs: [[23]],
    fills: [
      fixed([0, 0, 0, 0, 0.5, 0, -0.25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.75, 0, 0.125, 0]),
    ],
    build: (x) => linear(x, "fc", { outFeatures: 6 }),
  },
  ...[3, 8, 13].map((outFeatures) => ({
    name: `[23] → ${outFeatures}, of which relu leaves some without gradient`,
    inputs: [[23]],
    build: (x: Tensor) => relu(linear(x, "fc", { outFeatures })),
  })),
  slice([3], 3, 1),
  slice([5, 2, 2], 5, 2),
  {
    name: "three slices of one packed weight, added by later layers",
    inputs: [[6, 2, 3]],
    build(x) {
      const first = packedLinear(x, names, { index: 0, slices: 3, outFeatures: 6 });
      const second = packedLinear(first, names, { index: 1, slices: 3, outFeatures: 6 });
      return packedLinear(second, names, { index: 2, slices: 3, outFeatures: 6 });
    },
  },
];

export const cases: OpCases = { linear: linearCases };
