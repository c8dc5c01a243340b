import type { Tensor } from "../builder.js";
import { arithmeticNode, arithmeticOp, type Operand } from "./arithmetic.js";

/** All that is known of {@link add}. */
export const addOp = arithmeticOp({
  name: "add",
  sign: "+",
  commutes: true,
  value: (a, b) => a + b,
  // dL/da = dL/db = g
  slopes: () => [1, 1],
});

/**
 * `y = a + b`, value by value, of two tensors, or of a tensor and a number. As `torch.add`: residual connections.
 *
 * Shapes are equal, or one of the tensors is a vector [channels] or [channels, 1, 1], the same at all positions of a map
 * [channels, rows, columns], or a map [1, rows, columns], the same in all channels. Its gradient is the sum over what it
 * is spread over. A vector [channels] lies along the channels; in PyTorch it would lie along the columns.
 *
 * @example
 * const branch = conv2d(x, "branch", { outChannels: 8, kernelSize: 3, padding: 1 }); // [8, 14, 14]
 * const y = relu(add(x, branch)); // a residual connection
 */
export function add(a: Operand, b: Operand): Tensor {
  return arithmeticNode(addOp, true, a, b);
}
