import type { Tensor } from "../../../src/graph/builder.js";
import { add } from "../../../src/graph/ops/add.js";
import { div } from "../../../src/graph/ops/div.js";
import { mul } from "../../../src/graph/ops/mul.js";
import { sub } from "../../../src/graph/ops/sub.js";
import type { OpCase } from "../op-case.js";
import { type Fill, uniform } from "../random.js";
import type { OpCases } from "./index.js";

type Op = (a: Tensor | number, b: Tensor | number) => Tensor;

const show = (shape: readonly number[]) => `[${shape.join(", ")}]`;

/** 0.5 to 1.5 away from 0, so that quotients are differentiable. */
const awayFromZero: Fill = (count, random) =>
  uniform(0.5)(count, random).map((value) => Math.fround(value + (value < 0 ? -1 : 1)));

type Pair = readonly [readonly number[], readonly number[]];

const pairs: readonly Pair[] = [
  ...[[1], [3], [4], [9], [1, 3, 5], [3, 2, 4], [20, 1, 2], [4, 3]].map(
    (shape): Pair => [shape, shape],
  ),
  ...[1, 3, 4, 6, 17].flatMap((channels): Pair[] => [
    [[channels, 2, 3], [channels]],
    [
      [channels, 2, 3],
      [channels, 1, 1],
    ],
    [
      [channels, 2, 3],
      [1, 2, 3],
    ],
    [
      [channels, 1, 1],
      [1, 2, 3],
    ],
  ]),
  [
    [5, 2, 3],
    [1, 1, 1],
  ],
  [[5, 3], [5]],
];

function casesFor(op: Op): OpCase[] {
  const fills = [awayFromZero, awayFromZero];
  return [
    ...pairs.flatMap(([a, b]) =>
      (a === b
        ? [[a, b]]
        : [
            [a, b],
            [b, a],
          ]
      ).map(
        (inputs): OpCase => ({
          name: inputs.map((shape) => show(shape!)).join(" and "),
          inputs: inputs as OpCase["inputs"],
          fills,
          build: (x, y) => op(x!, y!),
        }),
      ),
    ),
    ...[[1], [5], [3, 2, 4]].flatMap((shape): OpCase[] => [
      { name: `${show(shape)} and a number`, inputs: [shape], fills, build: (x) => op(x!, -1.75) },
      { name: `a number and ${show(shape)}`, inputs: [shape], fills, build: (x) => op(0.3, x!) },
    ]),
    { name: "a tensor and itself", inputs: [[3, 2, 3]], fills, build: (x) => op(x!, x!) },
  ];
}

export const cases: OpCases = {
  add: casesFor(add).slice(1),
  sub: casesFor(sub),
  mul: casesFor(mul),
  div: casesFor(div),
};
