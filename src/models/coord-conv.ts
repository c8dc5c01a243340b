import type { Tensor } from "../graph/builder.js";
import type { Conv2dAttributes } from "../graph/ops/conv2d.js";
import { coordConv2d } from "../graph/ops/coord-conv2d.js";

/**
 * A convolution that sees where it is: row and column are two more channels of its input.
 * Its parameters are `name.conv.weight` and `name.conv.bias`, as the study's layer wraps them.
 *
 * Paper: Liu et al., "An intriguing failing of convolutional neural networks and the CoordConv
 * solution", NeurIPS 2018.
 */
export function coordConv(x: Tensor, name: string, attributes: Conv2dAttributes): Tensor {
  return coordConv2d(x, `${name}.conv`, attributes);
}
