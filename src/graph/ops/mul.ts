import type { Tensor } from "../builder.js";
import { arithmeticNode, arithmeticOp, type Operand } from "./arithmetic.js";

/** All that is known of {@link mul}. */
export const mulOp = arithmeticOp({
  name: "mul",
  sign: "×",
  commutes: true,
  value: (a, b) => a * b,
  // dL/da = g · b, dL/db = g · a
  slopes: (a, b) => [b, a],
});

/**
 * `y = a · b`, value by value, of two tensors, or of a tensor and a number. As `torch.mul`: gates of channels
 * (squeeze-and-excitation) and of positions (CBAM).
 *
 * Shapes are equal, or one of the tensors is a vector [channels] or [channels, 1, 1], the same at all positions of a map
 * [channels, rows, columns], or a map [1, rows, columns], the same in all channels. Its gradient is the sum over what it
 * is spread over. A vector [channels] lies along the channels; in PyTorch it would lie along the columns.
 *
 * @example
 * const gate = sigmoid(linear(globalAvgPool2d(x), "gate", { outFeatures: 8 })); // [8]
 * const y = mul(x, gate); // [8, 14, 14], each channel times its gate
 */
export function mul(a: Operand, b: Operand): Tensor {
  return arithmeticNode(mulOp, true, a, b);
}
