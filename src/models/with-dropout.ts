import type { Tensor } from "../graph/builder.js";
import { dropout } from "../graph/ops/dropout.js";

/** Dropout with probability `p`; nothing where p is 0, so that the graph is that of a network without dropout. */
export function withDropout(x: Tensor, p: number): Tensor {
  return p === 0 ? x : dropout(x, p);
}
