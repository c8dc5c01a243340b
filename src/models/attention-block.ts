import type { Tensor } from "../graph/builder.js";
import { add } from "../graph/ops/add.js";
import { linear, packedLinear } from "../graph/ops/linear.js";
import type { scaledDotProductAttention } from "../graph/ops/scaled-dot-product-attention.js";

const HEADS = 2;
const ZERO = { kind: "constant", value: 0 } as const;

/**
 * Attention with a residual connection: q, k and v maps of its own, then a standard multi-head attention
 * with its packed input projections and its output projection.
 *
 * `y = x + ma(q(x), k(x), v(x))`, [C, rows, columns] → the same.
 *
 * @param attention over places or across the batch
 */
export function attentionBlock(
  x: Tensor,
  name: string,
  attention: typeof scaledDotProductAttention,
): Tensor {
  const width = x.shape[0]!;
  const projected = ["q", "k", "v"].map((role, index) => {
    const own = linear(x, `${name}.${role}`, { outFeatures: width, bias: false });
    const names = { weight: `${name}.ma.in_proj_weight`, bias: `${name}.ma.in_proj_bias` };
    return packedLinear(own, names, { index, slices: 3, outFeatures: width });
  });
  const [q, k, v] = projected as [Tensor, Tensor, Tensor];
  const attended = attention(q, k, v, { heads: HEADS });
  const uniform = { kind: "uniform", bound: 1 / Math.sqrt(width) } as const;
  const output = linear(attended, `${name}.ma.out_proj`, {
    outFeatures: width,
    initialization: [uniform, ZERO],
  });
  return add(x, output);
}
