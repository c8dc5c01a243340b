import { checkLayer, type Tensor } from "../graph/builder.js";
import type { Parameter, Shape } from "../graph/graph.js";
import type { Conv2dOptions } from "../graph/ops/conv2d.js";
import { coordinateChannels } from "../graph/ops/convolution/coordinates.js";
import { coordConv2d } from "../graph/ops/coord-conv2d.js";

/**
 * A convolution whose input has two more channels, the row and the column of each position.
 * Its parameters are `name.conv.weight` and `name.conv.bias`, as of a PyTorch module that wraps a `Conv2d`.
 *
 * Paper: Liu et al., "An intriguing failing of convolutional neural networks and the CoordConv
 * solution", NeurIPS 2018.
 *
 * @example
 * const y = coordConv(x, "where", { outChannels: 16, kernelSize: 3 }); // [16, 12, 12]
 */
export function coordConv(x: Tensor, name: string, options: Conv2dOptions): Tensor {
  checkLayer("coordConv", x, name, options, ["outChannels", "kernelSize"]);
  return coordConv2d(x, `${name}.conv`, options);
}

/**
 * Unused tensors that a checkpoint may hold beside the parameters of {@link coordConv}. A PyTorch layer
 * that inherits from `Conv2d` and also wraps one has the inherited weight and bias too, which no
 * computation reads: `name.weight` [out, in, k, k] and `name.bias` [out].
 *
 * @param parameters all parameters of a network
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
