import type { GraphBuilder, Tensor } from "../../src/graph/builder.js";
import type { Shape } from "../../src/graph/graph.js";
import { inputOp } from "../../src/graph/ops/input.js";

/** Adds an input whose values the caller gives for each image. */
export function valuesInput(builder: GraphBuilder, label: string, shape: Shape): Tensor {
  return builder.add(inputOp, { inputs: [], attributes: { shape, source: "values" }, label });
}
