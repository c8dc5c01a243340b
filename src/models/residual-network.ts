import { checkFunction, checkOptions } from "../arguments.js";
import { checkLayerName, checkTensor, type Tensor } from "../graph/builder.js";
import { add } from "../graph/ops/add.js";
import { globalAvgPool2d } from "../graph/ops/global-avg-pool2d.js";
import { linear } from "../graph/ops/linear.js";
import { relu } from "../graph/ops/relu.js";
import { mapShape } from "../graph/ops/shapes.js";
import type { Block } from "./classifier.js";
import { convNorm } from "./conv-norm.js";

const identity = (x: Tensor) => x;

/** Options of {@link residualBlock}. */
export interface ResidualBlockOptions {
  readonly outChannels: number;
  /** Stride of the first convolution and of the shortcut. Default 1. */
  readonly stride?: number;
  /** Applied to the second convolution's result, before the shortcut is added, as `name.gate`. Default none. */
  readonly gate?: Block;
}

/**
 * Two 3×3 convolutions with batch norm, and a shortcut past them:
 *
 * `y = relu(gate(norm(conv(relu(norm(conv(x)))))) + shortcut(x))`,
 *
 * where the shortcut is x itself, or a 1×1 convolution with batch norm where stride or channels change.
 *
 * Paper: He et al., "Deep residual learning for image recognition", CVPR 2016.
 *
 * @param x map [in, rows, columns]
 */
export function residualBlock(x: Tensor, name: string, options: ResidualBlockOptions): Tensor {
  checkTensor("residualBlock", x);
  checkLayerName("residualBlock", name);
  checkOptions("residualBlock", options, ["outChannels", "stride", "gate"]);
  const { outChannels, stride = 1, gate = identity } = options;
  checkFunction("residualBlock", "gate", gate);
  const [inChannels] = mapShape("residualBlock", x.shape);
  const sizes = { outChannels, kernelSize: 3, padding: 1 };
  let y = convNorm(x, `${name}.first`, { ...sizes, stride });
  y = convNorm(y, `${name}.second`, { ...sizes, activation: identity });
  y = gate(y, `${name}.gate`);
  const keepsShape = stride === 1 && inChannels === outChannels;
  const projection = { outChannels, kernelSize: 1, stride, activation: identity };
  return relu(add(y, keepsShape ? x : convNorm(x, `${name}.shortcut`, projection)));
}

/**
 * A convolution of 16 channels, two residual blocks of 16 and one of 32 channels at half the size, the mean over
 * positions, one linear layer. Returns logits, [classes]. The shapes in the comments are those for an image of
 * [1, 28, 28].
 *
 * @param width channels of the first blocks, instead of 16; the last one has twice as many
 * @param gate of each block; default none
 */
export function residualNetwork(
  image: Tensor,
  classes: number,
  width: number,
  gate?: Block,
): Tensor {
  checkTensor("residualNetwork", image);
  let x = convNorm(image, "stem", { outChannels: width, kernelSize: 3, padding: 1 }); // [16, 28, 28]
  x = residualBlock(x, "blocks.0", { outChannels: width, gate }); // [16, 28, 28]
  x = residualBlock(x, "blocks.1", { outChannels: width, gate }); // [16, 28, 28]
  x = residualBlock(x, "blocks.2", { outChannels: 2 * width, stride: 2, gate }); // [32, 14, 14]
  return linear(globalAvgPool2d(x), "fc", { outFeatures: classes });
}
