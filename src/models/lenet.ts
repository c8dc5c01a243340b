import { checkOptions } from "../arguments.js";
import { checkTensor, type Tensor } from "../graph/builder.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { flatten } from "../graph/ops/flatten.js";
import { linear } from "../graph/ops/linear.js";
import { maxPool2d } from "../graph/ops/max-pool2d.js";
import { relu } from "../graph/ops/relu.js";
import { withDropout } from "./with-dropout.js";

/** Sizes of {@link lenet}. */
export interface LenetOptions {
  /** Side of both kernels, an odd number. Default 5. */
  readonly kernelSize?: number;
  /** Channels of both convolutions. Default [6, 16]. */
  readonly channels?: readonly [number, number];
  /** Features of the linear layers before the last one. Default [120, 84]. */
  readonly hidden?: readonly number[];
  /** Probability of the dropout before the last layer; 0, the default, for none. */
  readonly dropout?: number;
}

/**
 * Two times convolution → ReLU → max-pool, then linear layers with ReLU between them. The first convolution is padded,
 * so that it keeps the size of the map. Returns logits, [classes]. The shapes in the comments are those of the defaults
 * for an image of [1, 28, 28].
 *
 * Paper: LeCun et al., "Gradient-based learning applied to document recognition", Proceedings of the IEEE, 1998, whose
 * LeNet-5 has tanh and trained subsampling.
 */
export function lenet(image: Tensor, classes: number, options: LenetOptions = {}): Tensor {
  checkTensor("lenet", image);
  checkOptions("lenet", options, ["kernelSize", "channels", "hidden", "dropout"]);
  const { kernelSize = 5, channels = [6, 16], hidden = [120, 84] } = options;
  const { dropout = 0 } = options;
  let x = image;
  channels.forEach((outChannels, at) => {
    const padding = at === 0 ? (kernelSize - 1) / 2 : 0;
    x = relu(conv2d(x, `conv${at + 1}`, { outChannels, kernelSize, padding })); // [6, 28, 28], [16, 10, 10]
    x = maxPool2d(x, 2); // [6, 14, 14], [16, 5, 5]
  });
  x = flatten(x); // [400]
  hidden.forEach((outFeatures, at) => {
    x = relu(linear(x, `fc${at + 1}`, { outFeatures })); // [120], [84]
  });
  return linear(withDropout(x, dropout), `fc${hidden.length + 1}`, { outFeatures: classes });
}
