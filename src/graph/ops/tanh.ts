import { addNode, type Tensor } from "../builder.js";
import { activationOp } from "./activation.js";

/** All that is known of {@link tanh}. */
export const tanhOp = activationOp<object>({
  name: "tanh",
  caption: "tanh",
  attributes: {},
  value: Math.tanh,
  // dy/dx = 1 − y²
  slope: (x) => 1 - Math.tanh(x) ** 2,
  onnx: (onnx) => onnx.add("Tanh", [onnx.input(0)]),

  emitForward(k, count) {
    k.call("TanhForward", { x: k.input(0), y: k.output(), count });
  },
  emitBackward(k, count) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("TanhBackward", { y: k.output(), gy, gx, count });
  },
});

/**
 * `y = tanh(x)`, value by value; any shape. As `torch.tanh`.
 *
 * @example
 * const y = tanh(x); // [8, 14, 14]
 */
export function tanh(x: Tensor): Tensor {
  return addNode(tanhOp, { inputs: [x], attributes: {}, label: "tanh" });
}
