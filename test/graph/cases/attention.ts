import { batchAttention } from "../../../src/graph/ops/batch-attention.js";
import { scaledDotProductAttention } from "../../../src/graph/ops/scaled-dot-product-attention.js";
import type { OpCase } from "../op-case.js";
import { uniform } from "../random.js";

type Attention = typeof batchAttention;

function attention(op: Attention, shape: readonly number[], heads: number): OpCase {
  return {
    name: `${heads} heads, [${shape.join(", ")}]`,
    inputs: [shape, shape, shape],
    // Scores large enough that the softmax is far from uniform.
    fills: [uniform(3), uniform(3), uniform()],
    build: (q, k, v) => op(q, k, v, { heads }),
  };
}

const self = (op: Attention): OpCase => ({
  name: "one tensor as query, key and value",
  inputs: [[4, 2, 3]],
  build: (x) => op(x, x, x, { heads: 2 }),
});

export const attentionCases: readonly OpCase[] = [
  // 1 token, and numbers of tokens around whole vectors of 4.
  ...[1, 2, 3, 4, 5, 7, 9, 13].map((columns) =>
    attention(scaledDotProductAttention, [4, 1, columns], 2),
  ),
  ...[1, 2, 3].map((heads) => attention(scaledDotProductAttention, [6, 3, 5], heads)),
  attention(scaledDotProductAttention, [1, 2, 2], 1),
  attention(scaledDotProductAttention, [10, 4, 4], 2),
  attention(scaledDotProductAttention, [9, 2, 3], 3),
  self(scaledDotProductAttention),
];

export const batchAttentionCases: readonly OpCase[] = [
  ...[1, 2, 3].map((heads) => attention(batchAttention, [6, 2, 3], heads)),
  attention(batchAttention, [1, 1, 1], 1),
  attention(batchAttention, [10, 3, 1], 2),
  // Batches of 1 to 9 images, the last one of each length partial.
  ...[1, 2, 3, 4, 6, 9].map((batchSize) => ({
    ...attention(batchAttention, [4, 1, 3], 2),
    name: `batches of ${batchSize}`,
    batchSize,
    images: 2 * batchSize - 1,
  })),
  self(batchAttention),
];
