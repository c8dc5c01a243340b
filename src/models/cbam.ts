import { checkLayerName, checkTensor, type Tensor } from "../graph/builder.js";
import { add } from "../graph/ops/add.js";
import { channelMax } from "../graph/ops/channel-max.js";
import { channelMean } from "../graph/ops/channel-mean.js";
import { concat } from "../graph/ops/concat.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { globalAvgPool2d } from "../graph/ops/global-avg-pool2d.js";
import { globalMaxPool2d } from "../graph/ops/global-max-pool2d.js";
import { linear } from "../graph/ops/linear.js";
import { mul } from "../graph/ops/mul.js";
import { relu } from "../graph/ops/relu.js";
import { mapShape } from "../graph/ops/shapes.js";
import { sigmoid } from "../graph/ops/sigmoid.js";
import { GATE_REDUCTION } from "./squeeze-excitation.js";

/**
 * A gate for each channel, then one for each position:
 *
 * `z = x · σ(mlp(mean(x)) + mlp(max(x)))`, over positions, with `mlp = fc2 ∘ relu ∘ fc1` shared by both;
 * `y = z · σ(conv7×7([channelMean(z), channelMax(z)]))`; [C, rows, columns] → the same.
 *
 * Paper: Woo et al., "CBAM: Convolutional block attention module", ECCV 2018.
 *
 * @param name prefix of the parameters' names
 */
export function cbam(x: Tensor, name: string): Tensor {
  checkTensor("cbam", x);
  checkLayerName("cbam", name);
  const [channels] = mapShape("cbam", x.shape);
  const mlp = (means: Tensor, share: boolean) => {
    const outFeatures = Math.ceil(channels / GATE_REDUCTION);
    const hidden = relu(linear(means, `${name}.fc1`, { outFeatures, share }));
    return linear(hidden, `${name}.fc2`, { outFeatures: channels, share });
  };
  const scores = add(mlp(globalAvgPool2d(x), false), mlp(globalMaxPool2d(x), true));
  const z = mul(x, sigmoid(scores));
  const descriptors = concat([channelMean(z), channelMax(z)]); // [2, rows, columns]
  const options = { outChannels: 1, kernelSize: 7, padding: 3, bias: false };
  return mul(z, sigmoid(conv2d(descriptors, `${name}.conv`, options)));
}
