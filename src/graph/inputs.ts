import { GraphBuilder, type Tensor } from "./builder.js";
import type { Shape } from "./graph.js";
import { inputOp } from "./ops/input.js";

/**
 * Starts a graph with its image.
 *
 * @param shape `[channels, rows, columns]`
 * @throws InputError where these are not three whole numbers of 1 or more
 * @example
 * const image = imageInput([3, 32, 32]);
 * console.log(conv2d(image, "stem", { outChannels: 8, kernelSize: 3 }).shape); // [8, 30, 30]
 */
export function imageInput(shape: Shape): Tensor {
  return new GraphBuilder().add(inputOp, {
    inputs: [],
    attributes: { shape, source: "image" },
    label: "image",
  });
}
