import type { Tensor } from "../graph/builder.js";
import type { Parameter, Shape } from "../graph/graph.js";
import type { Conv2dOptions } from "../graph/ops/conv2d.js";
import { coordConv2d, coordinateChannels } from "../graph/ops/coord-conv2d.js";

/**
 * A convolution that sees where it is: row and column are two more channels of its input.
 * Its parameters are `name.conv.weight` and `name.conv.bias`, those of a layer that wraps a convolution.
 *
 * Paper: Liu et al., "An intriguing failing of convolutional neural networks and the CoordConv
 * solution", NeurIPS 2018.
 */
export function coordConv(x: Tensor, name: string, options: Conv2dOptions): Tensor {
  return coordConv2d(x, `${name}.conv`, options);
}

/**
 * What a checkpoint may hold beside the parameters of {@link coordConv} and nothing reads: where the layer
 * inherits from PyTorch's `Conv2d`, it also has the weight and bias of a convolution without coordinates,
 * `name.weight` [out, in, k, k] and `name.bias` [out].
 *
 * @param parameters those of a network
 */
export function inheritedParameters(
  parameters: readonly Parameter[],
): { readonly name: string; readonly shape: Shape }[] {
  const own = /\.conv\.(weight|bias)$/;
  return parameters
    .filter(({ name }) => own.test(name))
    .map(({ name, shape: [out, channels, ...kernel] }) => ({
      name: name.replace(own, ".$1"),
      shape: channels === undefined ? [out!] : [out!, channels - coordinateChannels, ...kernel],
    }));
}
