import { addNode, type Tensor } from "../builder.js";
import { activationOp } from "./activation.js";
import { finiteNumber } from "./attributes.js";

export interface EluAttributes {
  /** Far below 0 the value is −α. */
  readonly alpha: number;
}

/** All that is known of {@link elu}. */
export const eluOp = activationOp<EluAttributes>({
  name: "elu",
  caption: "ELU",
  attributes: { alpha: finiteNumber },
  value: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
  // dy/dx = 1 where x > 0, else α · e^x
  slope: (x, { alpha }) => (x > 0 ? 1 : alpha * Math.exp(x)),
  onnx: (onnx) => onnx.add("Elu", [onnx.input(0)], { alpha: { float: onnx.attributes.alpha } }),

  emitForward(k, count) {
    const { alpha } = k.attributes;
    k.call("EluForward", { x: k.input(0), y: k.output(), count, alpha });
  },
  emitBackward(k, count) {
    const { alpha } = k.attributes;
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("EluBackward", { x: k.input(0), gy, gx, count, alpha });
  },
});

/**
 * `y = x` where x > 0, else `α · (e^x − 1)`; value by value, any shape. As `torch.nn.functional.elu`.
 * Kink, unless α is 1: the slope at x = 0 is α, as in PyTorch.
 * Paper: Clevert, Unterthiner, Hochreiter, "Fast and accurate deep network learning by exponential linear units", 2015.
 *
 * @param options.alpha default 1
 * @example
 * const y = elu(x, { alpha: 1 }); // [8, 14, 14]
 */
export function elu(x: Tensor, options: { readonly alpha?: number } = {}): Tensor {
  return addNode(eluOp, { inputs: [x], attributes: { alpha: 1, ...options }, label: "elu" });
}
