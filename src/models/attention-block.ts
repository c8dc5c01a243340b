import { checkFunction } from "../arguments.js";
import { checkLayerName, checkTensor, type Tensor } from "../graph/builder.js";
import { add } from "../graph/ops/add.js";
import { linear, packedLinear } from "../graph/ops/linear.js";
import type { scaledDotProductAttention } from "../graph/ops/scaled-dot-product-attention.js";
import { mapShape } from "../graph/ops/shapes.js";

const ZERO = { kind: "constant", value: 0 } as const;

/**
 * Multi-head attention with a residual connection, [C, rows, columns] → the same shape:
 *
 * `y = x + MHA(q(x), k(x), v(x))`,
 *
 * where q, k and v are linear maps without bias at each position, and MHA is PyTorch's
 * `MultiheadAttention`, whose input projections share one packed weight.
 *
 * Paper: Vaswani et al., "Attention is all you need", NeurIPS 2017.
 *
 * @param name prefix of the parameters' names
 * @param attention over the image's positions, or across the batch
 * @param heads default 2
 * @throws InputError where C is not divisible by the heads
 * @example
 * const y = attentionBlock(x, "look", scaledDotProductAttention); // [8, 14, 14]
 */
export function attentionBlock(
  x: Tensor,
  name: string,
  attention: typeof scaledDotProductAttention,
  heads = 2,
): Tensor {
  checkTensor("attentionBlock", x);
  checkLayerName("attentionBlock", name);
  checkFunction("attentionBlock", "attention", attention);
  const [width] = mapShape("attentionBlock", x.shape);
  const projected = ["q", "k", "v"].map((role, index) => {
    const own = linear(x, `${name}.${role}`, { outFeatures: width, bias: false });
    const names = { weight: `${name}.ma.in_proj_weight`, bias: `${name}.ma.in_proj_bias` };
    return packedLinear(own, names, { index, slices: 3, outFeatures: width });
  });
  const [q, k, v] = projected as [Tensor, Tensor, Tensor];
  const attended = attention(q, k, v, { heads });
  const uniform = { kind: "uniform", bound: 1 / Math.sqrt(width) } as const;
  const output = linear(attended, `${name}.ma.out_proj`, {
    outFeatures: width,
    initialization: [uniform, ZERO],
  });
  return add(x, output);
}
