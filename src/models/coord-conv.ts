import type { Tensor } from "../graph/builder.js";
import { addCoords } from "../graph/ops/add-coords.js";
import { type Conv2dAttributes, conv2d } from "../graph/ops/conv2d.js";

/**
 * A convolution that sees where it is: row and column are appended to its input as two channels.
 * Its parameters are `name.conv.weight` and `name.conv.bias`, as the study's layer wraps them.
 *
 * Paper: Liu et al., "An intriguing failing of convolutional neural networks and the CoordConv
 * solution", NeurIPS 2018.
 */
export function coordConv(x: Tensor, name: string, attributes: Conv2dAttributes): Tensor {
  return conv2d(addCoords(x), `${name}.conv`, attributes);
}
