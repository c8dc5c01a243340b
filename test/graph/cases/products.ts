import { matmul } from "../../../src/graph/ops/matmul.js";
import { softmax } from "../../../src/graph/ops/softmax.js";
import type { OpCase } from "../op-case.js";
import { uniform } from "../random.js";
import type { OpCases } from "./index.js";

const shapes = [[1], [3], [4], [9], [1, 3, 5], [3, 2, 4], [4, 1, 1], [6, 3, 3], [17, 1, 2], [5, 4]];

const softmaxCases: readonly OpCase[] = (["channels", "positions"] as const).flatMap((over) =>
  shapes
    .filter((shape) => over === "channels" || shape.length > 1)
    .flatMap((shape) =>
      [1, 30].map((bound) => ({
        name: `over ${over}, [${shape.join(", ")}], in ±${bound}`,
        inputs: [shape],
        fills: [uniform(bound)],
        build: (x: Parameters<typeof softmax>[0]) => softmax(x, { over }),
      })),
    ),
);

/** Rows around whole pairs of vectors, columns around the four that a kernel takes at once. */
const products = [
  [1, 1, 1],
  [3, 2, 5],
  [4, 5, 4],
  [7, 3, 6],
  [8, 4, 4],
  [9, 1, 9],
  [17, 6, 3],
] as const;

const matmulCases: readonly OpCase[] = products.flatMap(([r, k, c]): OpCase[] => [
  {
    name: `[${r}, ${k}] · [${k}, ${c}]`,
    inputs: [
      [r, k],
      [k, c],
    ],
    build: (a, b) => matmul(a!, b!),
  },
  ...[1, 3, 4, 6].map((matrices) => ({
    name: `${matrices} times [${r}, ${k}] · [${k}, ${c}]`,
    inputs: [
      [matrices, r, k],
      [matrices, k, c],
    ],
    build: (a: Parameters<typeof matmul>[0], b: typeof a) => matmul(a, b),
  })),
]);

export const cases: OpCases = {
  softmax: softmaxCases,
  matmul: [
    ...matmulCases,
    { name: "a matrix and itself", inputs: [[3, 3]], build: (x) => matmul(x!, x!) },
  ],
};
