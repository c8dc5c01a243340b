import { checkFunction, checkOptions } from "../arguments.js";
import { checkLayerName, checkTensor, type Tensor } from "../graph/builder.js";
import { batchNorm2d } from "../graph/ops/batch-norm.js";
import { type Conv2dOptions, conv2d } from "../graph/ops/conv2d.js";
import { relu } from "../graph/ops/relu.js";

/** Options of {@link convNorm}. */
export type ConvNormOptions = Omit<Conv2dOptions, "bias" | "share" | "initialization"> & {
  /** Applied to the result; default `relu`. The identity, `(x) => x`, leaves it out. */
  readonly activation?: (x: Tensor) => Tensor;
};

/**
 * Convolution without bias → batch norm → ReLU. Its parameters are those of `name.conv` and `name.norm`.
 *
 * Paper: Ioffe and Szegedy, "Batch Normalization", ICML 2015.
 *
 * @param x map [in, rows, columns]
 * @throws InputError as `conv2d` does
 */
export function convNorm(x: Tensor, name: string, options: ConvNormOptions): Tensor {
  checkTensor("convNorm", x);
  checkLayerName("convNorm", name);
  checkOptions("convNorm", options, [
    "outChannels",
    "kernelSize",
    "stride",
    "padding",
    "dilation",
    "groups",
    "activation",
  ]);
  const { activation = relu, ...own } = options;
  checkFunction("convNorm", "activation", activation);
  const y = conv2d(x, `${name}.conv`, { ...own, bias: false });
  return activation(batchNorm2d(y, `${name}.norm`));
}
