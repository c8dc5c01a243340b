import type { Graph, ImageShape } from "../graph/graph.js";
import { imageInput } from "../graph/inputs.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { dropout } from "../graph/ops/dropout.js";
import { dropout2d } from "../graph/ops/dropout2d.js";
import { flatten } from "../graph/ops/flatten.js";
import { linear } from "../graph/ops/linear.js";
import { logSoftmax } from "../graph/ops/log-softmax.js";
import { maxPool2d } from "../graph/ops/max-pool2d.js";
import { relu } from "../graph/ops/relu.js";

/**
 * The network `cnn` with other numbers of channels: `width` instead of 10 after its first convolution, twice
 * as many after the second. Shapes are for an image of [1, 28, 28].
 */
export function wideClassifier(image: ImageShape, classes: number, width: number): Graph {
  const input = imageInput([image.channels, image.rows, image.columns]);
  let x = conv2d(input, "conv1", { outChannels: width, kernelSize: 5 }); // [width, 24, 24]
  x = relu(maxPool2d(x, 2)); // [width, 12, 12]
  x = conv2d(x, "conv2", { outChannels: 2 * width, kernelSize: 5 }); // [2 · width, 8, 8]
  x = relu(maxPool2d(dropout2d(x, 0.5), 2)); // [2 · width, 4, 4]
  x = relu(linear(flatten(x), "fc1", { outFeatures: 50 })); // [50]
  x = linear(dropout(x, 0.5), "fc2", { outFeatures: classes }); // [classes]
  return x.builder.finish(logSoftmax(x));
}
