import { checkTensor, type Tensor } from "../graph/builder.js";
import { globalAvgPool2d } from "../graph/ops/global-avg-pool2d.js";
import { linear } from "../graph/ops/linear.js";
import { maxPool2d } from "../graph/ops/max-pool2d.js";
import { convNorm } from "./conv-norm.js";
import { withDropout } from "./with-dropout.js";

/**
 * 3×3 convolutions with batch norm and ReLU, max-pool 2 between stages, then the mean over positions and one linear
 * layer. Returns logits, [classes].
 *
 * Papers: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015;
 * Lin et al., "Network in network", ICLR 2014, for the mean over positions.
 *
 * @param stages channels of the convolutions of each stage, as `[[12, 16], [24, 24], [32, 32]]`
 * @param dropout probability of the dropout before the linear layer; 0 for none
 */
export function plainNetwork(
  image: Tensor,
  classes: number,
  stages: readonly (readonly number[])[],
  dropout = 0,
): Tensor {
  checkTensor("plainNetwork", image);
  let x = image;
  stages.forEach((channels, stage) => {
    if (stage > 0) x = maxPool2d(x, 2);
    channels.forEach((outChannels, at) => {
      x = convNorm(x, `stages.${stage}.${at}`, { outChannels, kernelSize: 3, padding: 1 });
    });
  });
  return linear(withDropout(globalAvgPool2d(x), dropout), "fc", { outFeatures: classes });
}
