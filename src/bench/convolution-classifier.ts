import type { Graph, ImageShape } from "../graph/graph.js";
import { imageInput } from "../graph/inputs.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { globalAvgPool2d } from "../graph/ops/global-avg-pool2d.js";
import { linear } from "../graph/ops/linear.js";
import { logSoftmax } from "../graph/ops/log-softmax.js";
import { relu } from "../graph/ops/relu.js";

/** Of the convolution whose cost is measured. */
export interface MeasuredConvolution {
  readonly kernelSize: number;
  readonly stride: number;
  readonly groups: number;
}

/**
 * Two convolutions with 16 and 32 channels, the second the one that is measured, then global average pooling. Padding of
 * half a kernel keeps the map's size where the stride is 1.
 */
export function convolutionClassifier(
  image: ImageShape,
  classes: number,
  { kernelSize, stride, groups }: MeasuredConvolution,
): Graph {
  const input = imageInput([image.channels, image.rows, image.columns]);
  let x = relu(conv2d(input, "first", { outChannels: 16, kernelSize: 3, padding: 1 })); // [16, 28, 28]
  const padding = Math.floor(kernelSize / 2);
  const outChannels = groups === 1 ? 32 : 16;
  x = relu(conv2d(x, "measured", { outChannels, kernelSize, padding, stride, groups }));
  x = linear(globalAvgPool2d(x), "head", { outFeatures: classes }); // [classes]
  return x.builder.finish(logSoftmax(x));
}
