import type { Tensor } from "../../../src/graph/builder.js";
import { windowAttention } from "../../../src/graph/ops/window-attention.js";
import type { OpCase } from "../op-case.js";
import { uniform } from "../random.js";
import type { OpCases } from "./index.js";

type Options = Parameters<typeof windowAttention>[3];

function attention(shape: readonly number[], options: Options): OpCase {
  return {
    name: `[${shape.join(", ")}], ${JSON.stringify(options)}`,
    inputs: [shape, shape, shape],
    // Scores so large that the softmax is far from uniform.
    fills: [uniform(3), uniform(3), uniform()],
    build: (q, k, v) => windowAttention(q!, k!, v!, options),
  };
}

const bias = { name: "table" };

export const cases: OpCases = {
  windowAttention: [
    attention([6, 2, 4], { heads: 3, window: 2 }),
    attention([4, 2, 3], { heads: 1 }),
    attention([1, 1, 1], { heads: 1, bias }),
    attention([4, 2, 3], { heads: 2, bias }),
    attention([10, 4, 4], { heads: 2, window: 2, bias }),
    attention([6, 6, 3], { heads: 1, window: 3, bias }),
    attention([9, 2, 6], { heads: 3, window: [1, 3], bias }),
    attention([16, 3, 3], { heads: 2, bias }),
    attention([24, 4, 3], { heads: 2, window: [4, 3], bias }),
    {
      name: "one tensor as query, key and value",
      inputs: [[4, 2, 4]],
      build: (x: Tensor) => windowAttention(x, x, x, { heads: 2, window: 2, bias }),
    },
  ],
};
