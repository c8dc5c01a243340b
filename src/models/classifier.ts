import { checkFunction, checkOptions } from "../arguments.js";
import type { Tensor } from "../graph/builder.js";
import { conv2d } from "../graph/ops/conv2d.js";
import { dropout } from "../graph/ops/dropout.js";
import { dropout2d } from "../graph/ops/dropout2d.js";
import { flatten } from "../graph/ops/flatten.js";
import { linear } from "../graph/ops/linear.js";
import { logSoftmax } from "../graph/ops/log-softmax.js";
import { maxPool2d } from "../graph/ops/max-pool2d.js";
import { relu } from "../graph/ops/relu.js";

/** A convolution layer: `conv2d`, or one that also reads coordinates. */
export type Convolution = typeof conv2d;

/** A layer that keeps the shape of its input; `name` is the prefix of its parameters' names. */
export type Block = (x: Tensor, name: string) => Tensor;

/**
 * Two convolution blocks and two linear layers, with dropout of 0.5. Returns log-probabilities, [classes].
 * The shapes in the comments are those for an image of [1, 28, 28].
 *
 * @param options.convolution default `conv2d`
 * @param options.attention applied after each of the two convolution blocks; default none
 * @example
 * const logProbabilities = classifier(image, 10, { convolution: coordConv }); // [10]
 */
export function classifier(
  image: Tensor,
  classes: number,
  options: { readonly convolution?: Convolution; readonly attention?: Block } = {},
): Tensor {
  checkOptions("classifier", options, ["convolution", "attention"]);
  const { convolution = conv2d, attention = (x) => x } = options;
  checkFunction("classifier", "convolution", convolution);
  checkFunction("classifier", "attention", attention);
  let x = convolution(image, "conv1", { outChannels: 10, kernelSize: 5 }); // [10, 24, 24]
  x = relu(maxPool2d(x, 2)); // [10, 12, 12]
  x = attention(x, "vit1");
  x = convolution(x, "conv2", { outChannels: 20, kernelSize: 5 }); // [20, 8, 8]
  x = relu(maxPool2d(dropout2d(x, 0.5), 2)); // [20, 4, 4]
  x = attention(x, "vit2");
  x = relu(linear(flatten(x), "fc1", { outFeatures: 50 })); // [50]
  x = linear(dropout(x, 0.5), "fc2", { outFeatures: classes }); // [classes]
  return logSoftmax(x);
}
