import { add } from "../../../src/graph/ops/add.js";
import { concat } from "../../../src/graph/ops/concat.js";
import { mul } from "../../../src/graph/ops/mul.js";
import { parameter } from "../../../src/graph/ops/parameter.js";
import { reshape } from "../../../src/graph/ops/reshape.js";
import { slice } from "../../../src/graph/ops/slice.js";
import { transpose } from "../../../src/graph/ops/transpose.js";
import type { OpCase } from "../op-case.js";
import type { OpCases } from "./index.js";

type Shape = readonly number[];

const show = (shape: Shape) => `[${shape.join(", ")}]`;

function concatCase(dim: number, ...inputs: readonly Shape[]): OpCase {
  const name = `${inputs.map(show).join(" and ")} along ${dim}`;
  return { name, inputs, build: (...x) => concat(x, dim) };
}

const concatCases: readonly OpCase[] = [
  concatCase(0, [3, 2, 3], [4, 2, 3], [1, 2, 3], [6, 2, 3]),
  concatCase(0, [5]),
  concatCase(0, [5], [3]),
  concatCase(0, [1, 1, 1], [1, 1, 1]),
  concatCase(0, [4, 3], [5, 3]),
  concatCase(1, [3, 2, 3], [3, 1, 3], [3, 4, 3]),
  concatCase(2, [5, 1, 1], [5, 1, 6]),
  concatCase(2, [3, 2, 3], [3, 2, 2]),
  { name: "one tensor, three times", inputs: [[3, 2, 2]], build: (x) => concat([x!, x!, x!]) },
];

const slices: readonly (readonly [Shape, number, number, number])[] = [
  [[6], 0, 1, 4],
  [[7, 2, 3], 0, 2, 7],
  [[4, 2, 3], 0, 0, 1],
  [[3, 4, 2], 1, 1, 3],
  [[3, 2, 5], 2, 4, 5],
  [[5, 1, 7], 2, 1, 7],
  [[5, 4], 1, 1, 3],
];

const reshapes: readonly (readonly [Shape, Shape])[] = [
  [
    [3, 2, 4],
    [3, 1, 8],
  ],
  [[3, 2, 4], [24]],
  [[24], [4, 2, 3]],
  [
    [4, 6, 2],
    [6, 2, 4],
  ],
  [
    [5, 6],
    [10, 3, 1],
  ],
  [[1, 1, 1], [1]],
  [[1], []],
];

const transposes: readonly (readonly [Shape, number, number])[] = [
  [[3, 5], 0, 1],
  [[8, 4], 1, 0],
  [[5, 3, 4], 0, 1],
  [[5, 3, 4], 0, 2],
  [[9, 2, 6], 2, 0],
  [[5, 3, 4], 1, 2],
  [[5, 3, 4], 1, 1],
  [[1, 1, 1], 0, 1],
];

export const cases: OpCases = {
  concat: concatCases,
  slice: slices.map(([shape, dim, start, end]) => ({
    name: `${show(shape)} along ${dim} from ${start} to ${end}`,
    inputs: [shape],
    build: (x) => slice(x!, dim, start, end),
  })),
  reshape: reshapes.map(([from, to]) => ({
    name: `${show(from)} → ${show(to)}`,
    inputs: [from],
    build: (x) => reshape(x!, to),
  })),
  transpose: transposes.map(([shape, dim0, dim1]) => ({
    name: `${show(shape)}, ${dim0} and ${dim1}`,
    inputs: [shape],
    build: (x) => transpose(x!, dim0, dim1),
  })),
  parameter: [[3], [5, 1, 1], [3, 2, 3], [6, 1, 5], [4, 3]].map((shape) => ({
    name: show(shape),
    inputs: [shape],
    build: (x) =>
      mul(add(x!, parameter(x!, "token", { shape })), parameter(x!, "scale", { shape })),
  })),
};
