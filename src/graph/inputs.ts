import { GraphBuilder, type Tensor } from "./builder.js";
import type { Shape } from "./graph.js";
import { inputOp } from "./ops/input.js";

/**
 * Starts a graph with its image.
 *
 * @param shape `[channels, rows, columns]`
 * @throws InputError where these are not three whole numbers of 1 or more
 */
export function imageInput(shape: Shape): Tensor {
  return new GraphBuilder().add(inputOp, {
    inputs: [],
    attributes: { shape, source: "image" },
    label: "image",
  });
}
