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

/** Sizes of {@link classifier}. */
export interface ClassifierWidths {
  /** Channels of both convolutions. */
  readonly channels: readonly [number, number];
  /** Features of the first linear layer. */
  readonly features: number;
}

export const usualWidths: ClassifierWidths = { channels: [10, 20], features: 50 };

/**
 * Two convolution blocks and two linear layers, with dropout of 0.5. Returns log-probabilities, [classes].
 * The shapes in the comments are those for an image of [1, 28, 28].
 *
 * @param options.convolution default `conv2d`
 * @param options.attention applied after each of the two convolution blocks, whose names are `vit1` and `vit2`; default none
 * @param options.drop probability with which both dropouts drop; default 0.5
 * @param options.widths default 10 and 20 channels, 50 features
 * @example
 * const logProbabilities = classifier(image, 10, { convolution: coordConv }); // [10]
 */
export function classifier(
  image: Tensor,
  classes: number,
  options: {
    readonly convolution?: Convolution;
    readonly attention?: Block;
    readonly drop?: number;
    readonly widths?: ClassifierWidths;
  } = {},
): Tensor {
  checkOptions("classifier", options, ["convolution", "attention", "drop", "widths"]);
  const { convolution = conv2d, attention = (x) => x } = options;
  const { drop = 0.5, widths = usualWidths } = options;
  const { channels, features } = widths;
  checkFunction("classifier", "convolution", convolution);
  checkFunction("classifier", "attention", attention);
  let x = convolution(image, "conv1", { outChannels: channels[0], kernelSize: 5 }); // [10, 24, 24]
  x = relu(maxPool2d(x, 2)); // [10, 12, 12]
  x = attention(x, "vit1");
  x = convolution(x, "conv2", { outChannels: channels[1], kernelSize: 5 }); // [20, 8, 8]
  x = relu(maxPool2d(dropout2d(x, drop), 2)); // [20, 4, 4]
  x = attention(x, "vit2");
  x = relu(linear(flatten(x), "fc1", { outFeatures: features })); // [50]
  x = linear(dropout(x, drop), "fc2", { outFeatures: classes }); // [classes]
  return logSoftmax(x);
}
