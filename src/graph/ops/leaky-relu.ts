import { addNode, type Tensor } from "../builder.js";
import { activationOp } from "./activation.js";
import { finiteNumber } from "./attributes.js";

export interface LeakyReluAttributes {
  /** What values of 0 and below are multiplied by. */
  readonly negativeSlope: number;
}

/** All that is known of {@link leakyRelu}. */
export const leakyReluOp = activationOp<LeakyReluAttributes>({
  name: "leakyRelu",
  caption: "leaky ReLU",
  attributes: { negativeSlope: finiteNumber },
  value: (x, { negativeSlope }) => (x > 0 ? x : negativeSlope * x),
  // dy/dx = 1 where x > 0, else negativeSlope
  slope: (x, { negativeSlope }) => (x > 0 ? 1 : negativeSlope),
  onnx: (onnx) =>
    onnx.add("LeakyRelu", [onnx.input(0)], { alpha: { float: onnx.attributes.negativeSlope } }),

  emitForward(k, count) {
    const { negativeSlope: slope } = k.attributes;
    k.call("LeakyReluForward", { x: k.input(0), y: k.output(), count, slope });
  },
  emitBackward(k, count) {
    const { negativeSlope: slope } = k.attributes;
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("LeakyReluBackward", { x: k.input(0), gy, gx, count, slope });
  },
});

/**
 * `y = x` where x > 0, else `negativeSlope · x`; value by value, any shape. As `torch.nn.functional.leaky_relu`.
 * Kink: the slope at x = 0 is `negativeSlope`, as in PyTorch.
 *
 * @param options.negativeSlope default 0.01
 * @example
 * const y = leakyRelu(x, { negativeSlope: 0.1 }); // [8, 14, 14]
 */
export function leakyRelu(x: Tensor, options: { readonly negativeSlope?: number } = {}): Tensor {
  const attributes = { negativeSlope: 0.01, ...options };
  return addNode(leakyReluOp, { inputs: [x], attributes, label: "leakyRelu" });
}
