import { checkLayerName, checkTensor, type Tensor } from "../graph/builder.js";
import { globalAvgPool2d } from "../graph/ops/global-avg-pool2d.js";
import { linear } from "../graph/ops/linear.js";
import { mul } from "../graph/ops/mul.js";
import { relu } from "../graph/ops/relu.js";
import { mapShape } from "../graph/ops/shapes.js";
import { sigmoid } from "../graph/ops/sigmoid.js";

/** Channels per hidden feature of the gates. */
export const GATE_REDUCTION = 4;

/**
 * Scales each channel by a gate that is computed from the means of all channels:
 *
 * `y = x · σ(fc2(relu(fc1(mean(x)))))`, [C, rows, columns] → the same, with ⌈C / 4⌉ features between fc1 and fc2.
 *
 * Paper: Hu et al., "Squeeze-and-excitation networks", CVPR 2018.
 *
 * @param name prefix of the parameters' names
 */
export function squeezeExcitation(x: Tensor, name: string): Tensor {
  checkTensor("squeezeExcitation", x);
  checkLayerName("squeezeExcitation", name);
  const [channels] = mapShape("squeezeExcitation", x.shape);
  const outFeatures = Math.ceil(channels / GATE_REDUCTION);
  const hidden = relu(linear(globalAvgPool2d(x), `${name}.fc1`, { outFeatures }));
  return mul(x, sigmoid(linear(hidden, `${name}.fc2`, { outFeatures: channels })));
}
