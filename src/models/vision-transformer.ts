import { checkOptions } from "../arguments.js";
import { checkLayerName, checkTensor, type Tensor } from "../graph/builder.js";
import { add } from "../graph/ops/add.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { gelu } from "../graph/ops/gelu.js";
import { globalAvgPool2d } from "../graph/ops/global-avg-pool2d.js";
import { layerNorm } from "../graph/ops/layer-norm.js";
import { linear, packedLinear } from "../graph/ops/linear.js";
import { parameter } from "../graph/ops/parameter.js";
import { scaledDotProductAttention } from "../graph/ops/scaled-dot-product-attention.js";
import { mapShape } from "../graph/ops/shapes.js";

const ZERO = { kind: "constant", value: 0 } as const;

/**
 * Multi-head self-attention of a map's positions, [C, rows, columns] → the same. PyTorch's
 * `MultiheadAttention(C, heads)` of x with itself, and its parameters' names.
 *
 * Paper: Vaswani et al., "Attention is all you need", NeurIPS 2017.
 *
 * @param options.heads must divide C
 */
export function selfAttention(
  x: Tensor,
  name: string,
  options: { readonly heads: number },
): Tensor {
  checkTensor("selfAttention", x);
  checkLayerName("selfAttention", name);
  checkOptions("selfAttention", options, ["heads"]);
  const [width] = mapShape("selfAttention", x.shape);
  const names = { weight: `${name}.in_proj_weight`, bias: `${name}.in_proj_bias` };
  const [q, k, v] = [0, 1, 2].map((index) =>
    packedLinear(x, names, { index, slices: 3, outFeatures: width }),
  ) as [Tensor, Tensor, Tensor];
  const attended = scaledDotProductAttention(q, k, v, options);
  const uniform = { kind: "uniform", bound: 1 / Math.sqrt(width) } as const;
  const initialization = [uniform, ZERO] as const;
  return linear(attended, `${name}.out_proj`, { outFeatures: width, initialization });
}

/** Options of {@link transformerBlock}. */
export interface TransformerBlockOptions {
  /** Heads of the attention; must divide the channels. */
  readonly heads: number;
  /** Features between both linear layers. */
  readonly hidden: number;
}

/**
 * A block of a transformer that normalises first, on a map's positions:
 *
 * `z = x + attention(norm1(x))`, `y = z + fc2(gelu(fc1(norm2(z))))`; [C, rows, columns] → the same.
 *
 * Paper: Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021.
 */
export function transformerBlock(
  x: Tensor,
  name: string,
  options: TransformerBlockOptions,
): Tensor {
  checkTensor("transformerBlock", x);
  checkLayerName("transformerBlock", name);
  checkOptions("transformerBlock", options, ["heads", "hidden"]);
  const { heads, hidden } = options;
  const [width] = mapShape("transformerBlock", x.shape);
  const z = add(x, selfAttention(layerNorm(x, `${name}.norm1`), `${name}.attention`, { heads }));
  const inner = linear(layerNorm(z, `${name}.norm2`), `${name}.fc1`, { outFeatures: hidden });
  return add(z, linear(gelu(inner), `${name}.fc2`, { outFeatures: width }));
}

/**
 * A transformer on patches of 4×4 pixels: width 32, learned position embeddings, 2 blocks with 4 heads and 96 hidden
 * features, layer norm, the mean over patches, one linear layer. Returns logits, [classes]. Rows and columns that fill
 * no patch are left out. The shapes in the comments are those for an image of [1, 28, 28].
 *
 * Paper: Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021; the mean instead of a class token is of Beyer
 * et al., "Better plain ViT baselines for ImageNet-1k", arXiv:2205.01580, 2022.
 *
 * @param options.width channels instead of 32; the hidden features are three times as many
 * @param options.heads instead of 4; must divide the width
 */
export function visionTransformer(
  image: Tensor,
  classes: number,
  options: { readonly width: number; readonly heads: number },
): Tensor {
  checkTensor("visionTransformer", image);
  checkOptions("visionTransformer", options, ["width", "heads"]);
  const { width, heads } = options;
  let x = conv2d(image, "patches", { outChannels: width, kernelSize: 4, stride: 4 }); // [32, 7, 7]
  // As timm and torchvision, a normal distribution of 0.02; here uniform with the same deviation.
  const initialization = { kind: "uniform", bound: 0.02 * Math.sqrt(3) } as const;
  x = add(x, parameter(x, "positions", { shape: x.shape, initialization }));
  for (const block of ["blocks.0", "blocks.1"]) {
    x = transformerBlock(x, block, { heads, hidden: 3 * width }); // [32, 7, 7]
  }
  const mean = globalAvgPool2d(layerNorm(x, "norm")); // [32]
  return linear(mean, "fc", { outFeatures: classes });
}
