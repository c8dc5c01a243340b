import { checkOptions } from "../arguments.js";
import { checkLayerName, checkTensor, type Tensor } from "../graph/builder.js";
import { globalAvgPool2d } from "../graph/ops/global-avg-pool2d.js";
import { linear } from "../graph/ops/linear.js";
import { mapShape } from "../graph/ops/shapes.js";
import { convNorm } from "./conv-norm.js";
import { withDropout } from "./with-dropout.js";

/** Options of {@link depthwiseSeparable}. */
export interface DepthwiseSeparableOptions {
  readonly outChannels: number;
  /** Stride of the depthwise convolution. Default 1. */
  readonly stride?: number;
}

/**
 * A 3×3 convolution of each channel by itself, then a 1×1 convolution over channels, each with batch norm and ReLU.
 * Their parameters are those of `name.depthwise` and `name.pointwise`.
 *
 * Paper: Howard et al., "MobileNets: Efficient convolutional neural networks for mobile vision applications",
 * arXiv:1704.04861, 2017.
 *
 * @param x map [in, rows, columns]
 */
export function depthwiseSeparable(
  x: Tensor,
  name: string,
  options: DepthwiseSeparableOptions,
): Tensor {
  checkTensor("depthwiseSeparable", x);
  checkLayerName("depthwiseSeparable", name);
  checkOptions("depthwiseSeparable", options, ["outChannels", "stride"]);
  const { outChannels, stride = 1 } = options;
  const [channels] = mapShape("depthwiseSeparable", x.shape);
  const sizes = { outChannels: channels, groups: channels, kernelSize: 3, padding: 1 };
  const y = convNorm(x, `${name}.depthwise`, { ...sizes, stride });
  return convNorm(y, `${name}.pointwise`, { outChannels, kernelSize: 1 });
}

/**
 * A convolution of 16 channels and five depthwise-separable blocks, the mean over positions, one linear layer. Returns
 * logits, [classes]. The shapes in the comments are those for an image of [1, 28, 28].
 *
 * @param options.width channels of the first convolution instead of 16; the blocks have two and four times as many
 * @param options.dropout probability of the dropout before the linear layer; 0 for none
 */
export function depthwiseNetwork(
  image: Tensor,
  classes: number,
  options: { readonly width: number; readonly dropout: number },
): Tensor {
  checkTensor("depthwiseNetwork", image);
  checkOptions("depthwiseNetwork", options, ["width", "dropout"]);
  const { width, dropout } = options;
  let x = convNorm(image, "stem", { outChannels: width, kernelSize: 3, padding: 1 }); // [16, 28, 28]
  x = depthwiseSeparable(x, "blocks.0", { outChannels: 2 * width }); // [32, 28, 28]
  const outChannels = 4 * width;
  x = depthwiseSeparable(x, "blocks.1", { outChannels, stride: 2 }); // [64, 14, 14]
  x = depthwiseSeparable(x, "blocks.2", { outChannels }); // [64, 14, 14]
  x = depthwiseSeparable(x, "blocks.3", { outChannels, stride: 2 }); // [64, 7, 7]
  x = depthwiseSeparable(x, "blocks.4", { outChannels }); // [64, 7, 7]
  return linear(withDropout(globalAvgPool2d(x), dropout), "fc", { outFeatures: classes });
}
