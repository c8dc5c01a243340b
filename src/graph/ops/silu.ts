import { addNode, type Tensor } from "../builder.js";
import { activationOp } from "./activation.js";

/** All that is known of {@link silu}. */
export const siluOp = activationOp<object>({
  name: "silu",
  caption: "SiLU",
  attributes: {},
  value: (x) => x / (1 + Math.exp(-x)),
  // dy/dx = s · (1 + x · (1 − s)), s = 1 / (1 + e^−x)
  slope(x) {
    const s = 1 / (1 + Math.exp(-x));
    return s * (1 + x * (1 - s));
  },
  onnx: (onnx) => onnx.add("Mul", [onnx.input(0), onnx.add("Sigmoid", [onnx.input(0)])]),

  emitForward(k, count) {
    k.call("SiluForward", { x: k.input(0), y: k.output(), count });
  },
  emitBackward(k, count) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("SiluBackward", { x: k.input(0), gy, gx, count });
  },
});

/**
 * `y = x / (1 + e^−x)`, value by value; any shape. As `torch.nn.functional.silu`.
 * Paper: Elfwing, Uchibe, Doya, "Sigmoid-weighted linear units", Neural Networks 107, 2018.
 *
 * @example
 * const y = silu(x); // [8, 14, 14]
 */
export function silu(x: Tensor): Tensor {
  return addNode(siluOp, { inputs: [x], attributes: {}, label: "silu" });
}
