import { add } from "../../../src/graph/ops/add.js";
import { batchAttention } from "../../../src/graph/ops/batch-attention.js";
import { scaledDotProductAttention } from "../../../src/graph/ops/scaled-dot-product-attention.js";
import type { OpCase } from "../op-case.js";
import { blank, type Fill, uniform } from "../random.js";
import type { OpCases } from "./index.js";

type Attention = typeof batchAttention;

function attention(op: Attention, shape: readonly number[], heads: number): OpCase {
  return {
    name: `${heads} heads, [${shape.join(", ")}]`,
    inputs: [shape, shape, shape],
    // Scores so large that the softmax is far from uniform.
    fills: [uniform(3), uniform(3), uniform()],
    build: (q, k, v) => op(q, k, v, { heads }),
  };
}

/** Whole numbers in ±bound: scores without rounding, so that none is blown up by the exponential. */
function whole(bound: number): Fill {
  return (count, random) =>
    Float64Array.from({ length: count }, () => Math.round((2 * random() - 1) * bound));
}

const self = (op: Attention): OpCase => ({
  name: "one tensor as query, key and value",
  inputs: [[4, 2, 3]],
  build: (x) => op(x, x, x, { heads: 2 }),
});

/** Tokens of which a share is equal, as those of an image's background are. */
function equalTokens(
  op: Attention,
  shape: readonly [number, number, number],
  share: number,
  fill: Fill = uniform(3),
): OpCase {
  const [channels] = shape;
  return {
    name: `${100 * share} % of the tokens equal, [${shape.join(", ")}]`,
    inputs: [shape],
    fills: [blank(channels, share, fill)],
    build: (x) => op(x, add(x, x), add(x, add(x, x)), { heads: 2 }),
    ...(op === batchAttention && { images: 21, batchSize: 12 }),
  };
}

/** Sizes of a head around a group of channels; none, few, most and all tokens equal; scores that need a shift. */
const equalTokensCases = (op: Attention): OpCase[] => [
  ...[2, 4, 8, 10, 12, 22].map((channels) => equalTokens(op, [channels, 3, 5], 0.5)),
  ...[0.15, 0.85, 1].map((share) => equalTokens(op, [10, 3, 5], share)),
  {
    ...equalTokens(op, [10, 3, 5], 0.5, whole(9)),
    name: "equal tokens, scores too large to exponentiate unshifted",
  },
];

const attentionCases: readonly OpCase[] = [
  // 1 token, and numbers of tokens around whole vectors and pairs of vectors.
  ...[1, 2, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 25].map((columns) =>
    attention(scaledDotProductAttention, [4, 1, columns], 2),
  ),
  // Channels per head around the groups that kernels take at once.
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16].map((size) =>
    attention(scaledDotProductAttention, [2 * size, 3, 3], 2),
  ),
  {
    ...attention(scaledDotProductAttention, [8, 3, 7], 2),
    name: "scores so far apart that most weights vanish",
    fills: [whole(4), whole(4), uniform()],
  },
  // Scores of more than the kernels take without a shift: of one group of channels and of several.
  ...[
    { shape: [8, 3, 7], bound: 9 },
    { shape: [24, 1, 11], bound: 5 },
  ].map(({ shape, bound }) => ({
    ...attention(scaledDotProductAttention, shape, 2),
    name: `scores too large to exponentiate unshifted, [${shape.join(", ")}]`,
    fills: [whole(bound), whole(bound), uniform()],
  })),
  ...[1, 2, 3].map((heads) => attention(scaledDotProductAttention, [6, 3, 5], heads)),
  attention(scaledDotProductAttention, [1, 2, 2], 1),
  attention(scaledDotProductAttention, [10, 4, 4], 2),
  attention(scaledDotProductAttention, [9, 2, 3], 3),
  // Several groups of channels, tokens that are neither pairs nor whole vectors.
  ...[1, 7, 11].map((columns) => attention(scaledDotProductAttention, [24, 1, columns], 2)),
  self(scaledDotProductAttention),
  ...equalTokensCases(scaledDotProductAttention),
];

const batchAttentionCases: readonly OpCase[] = [
  ...[1, 2, 3].map((heads) => attention(batchAttention, [6, 2, 3], heads)),
  attention(batchAttention, [1, 1, 1], 1),
  attention(batchAttention, [10, 3, 1], 2),
  ...[1, 5, 6, 11].map((size) => attention(batchAttention, [2 * size, 2, 1], 2)),
  // Positions around the four that a task takes.
  ...[4, 5, 9].map((columns) => attention(batchAttention, [4, 1, columns], 2)),
  // Batches of 1 to 18 images, the last one of each length partial.
  ...[1, 2, 3, 4, 6, 9, 18].map((batchSize) => ({
    ...attention(batchAttention, [4, 1, 3], 2),
    name: `batches of ${batchSize}`,
    batchSize,
    images: 2 * batchSize - 1,
  })),
  self(batchAttention),
  ...equalTokensCases(batchAttention),
];

export const cases: OpCases = {
  scaledDotProductAttention: attentionCases,
  batchAttention: batchAttentionCases,
};
