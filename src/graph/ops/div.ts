import type { Tensor } from "../builder.js";
import { arithmeticNode, arithmeticOp, type Operand } from "./arithmetic.js";

/** All that is known of {@link div}. */
export const divOp = arithmeticOp({
  name: "div",
  sign: "÷",
  commutes: false,
  value: (a, b) => a / b,
  // dL/da = g / b, dL/db = −g · a / b²
  slopes: (a, b) => [1 / b, -a / (b * b)],
});

/**
 * `y = a / b`, value by value, of two tensors, or of a tensor and a number. As `torch.div`.
 *
 * Shapes are equal, or one of the tensors is a vector [channels] or [channels, 1, 1], the same at all positions of a map
 * [channels, rows, columns], or a map [1, rows, columns], the same in all channels. Its gradient is the sum over what it
 * is spread over. A vector [channels] lies along the channels; in PyTorch it would lie along the columns.
 *
 * @example
 * const y = div(x, 255); // [8, 14, 14]
 */
export function div(a: Operand, b: Operand): Tensor {
  return arithmeticNode(divOp, false, a, b);
}
