import type { Tensor } from "../builder.js";
import { arithmeticNode, arithmeticOp, type Operand } from "./arithmetic.js";

/** All that is known of {@link sub}. */
export const subOp = arithmeticOp({
  name: "sub",
  sign: "−",
  commutes: false,
  value: (a, b) => a - b,
  // dL/da = g, dL/db = −g
  slopes: () => [1, -1],
});

/**
 * `y = a − b`, value by value, of two tensors, or of a tensor and a number. As `torch.sub`.
 *
 * Shapes are equal, or one of the tensors is a vector [channels] or [channels, 1, 1], the same at all positions of a map
 * [channels, rows, columns], or a map [1, rows, columns], the same in all channels. Its gradient is the sum over what it
 * is spread over. A vector [channels] lies along the channels; in PyTorch it would lie along the columns.
 *
 * @example
 * const centred = sub(x, globalAvgPool2d(x)); // [8, 14, 14], each channel less its mean
 */
export function sub(a: Operand, b: Operand): Tensor {
  return arithmeticNode(subOp, false, a, b);
}
