import { elu } from "../../../src/graph/ops/elu.js";
import { gelu } from "../../../src/graph/ops/gelu.js";
import { leakyRelu } from "../../../src/graph/ops/leaky-relu.js";
import { sigmoid } from "../../../src/graph/ops/sigmoid.js";
import { silu } from "../../../src/graph/ops/silu.js";
import { tanh } from "../../../src/graph/ops/tanh.js";
import type { OpCase } from "../op-case.js";
import { type Fill, separated, uniform } from "../random.js";
import type { OpCases } from "./index.js";

const shapes = [[1], [3], [4], [5], [9], [1, 1, 1], [1, 3, 5], [3, 2, 4], [20, 1, 2]];

/** Of either sign, between a tenth of a bound and the bound: no kink is as near as a central difference reaches. */
function awayFrom0(bound: number): Fill {
  return (count, random) =>
    Float64Array.from({ length: count }, () => {
      const size = bound * (0.1 + 0.9 * random());
      return Math.fround(random() < 0.5 ? -size : size);
    });
}

/** On all shapes, and on values from where it is nearly straight to where it is nearly flat. */
function activationCases(build: OpCase["build"], kinked = false): OpCase[] {
  return [
    ...shapes.map((shape) => ({
      name: `[${shape.join(", ")}]`,
      inputs: [shape],
      ...(kinked && { fills: [separated] }),
      build,
    })),
    ...[1e-3, 0.3, 4, 20].map((bound) => ({
      name: `values within ±${bound}`,
      inputs: [[101]],
      fills: [kinked ? awayFrom0(bound) : uniform(bound)],
      build,
    })),
  ];
}

export const cases: OpCases = {
  sigmoid: activationCases((x) => sigmoid(x!)),
  tanh: activationCases((x) => tanh(x!)),
  silu: activationCases((x) => silu(x!)),
  leakyRelu: [
    ...activationCases((x) => leakyRelu(x!), true),
    ...activationCases((x) => leakyRelu(x!, { negativeSlope: 0.3 }), true),
  ],
  elu: [
    ...activationCases((x) => elu(x!)),
    ...activationCases((x) => elu(x!, { alpha: 0.4 }), true),
  ],
  gelu: [
    ...activationCases((x) => gelu(x!)),
    ...activationCases((x) => gelu(x!, { approximate: "tanh" })),
  ],
};
