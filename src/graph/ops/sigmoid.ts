import { addNode, type Tensor } from "../builder.js";
import { activationOp } from "./activation.js";

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** All that is known of {@link sigmoid}. */
export const sigmoidOp = activationOp<object>({
  name: "sigmoid",
  caption: "sigmoid",
  attributes: {},
  value: logistic,
  // dy/dx = y · (1 − y)
  slope: (x) => logistic(x) * (1 - logistic(x)),
  onnx: (onnx) => onnx.add("Sigmoid", [onnx.input(0)]),

  emitForward(k, count) {
    k.call("SigmoidForward", { x: k.input(0), y: k.output(), count });
  },
  emitBackward(k, count) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("SigmoidBackward", { y: k.output(), gy, gx, count });
  },
});

/**
 * `y = 1 / (1 + e^−x)`, value by value; any shape. As `torch.sigmoid`.
 *
 * @example
 * const y = sigmoid(x); // [8, 14, 14]
 */
export function sigmoid(x: Tensor): Tensor {
  return addNode(sigmoidOp, { inputs: [x], attributes: {}, label: "sigmoid" });
}
