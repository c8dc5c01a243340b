import { type Shape, sizeOf } from "../graph.js";
import { Opcode } from "../opcodes.js";
import type { ImageOp } from "./op.js";
import { wholeNumber } from "./shapes.js";

export interface InputAttributes {
  readonly shape: Shape;
  /** `image`: bytes of a dataset, normalised on load. `values`: float32 given by the caller. */
  readonly source: "image" | "values";
}

/** What a network is a function of: a dataset's image or values given by the caller. */
export const inputOp: ImageOp<InputAttributes> = {
  scope: "image",
  shape(_inputs, { shape }) {
    for (const extent of shape) wholeNumber("input", "every extent", extent, 1);
    return shape;
  },
  forward() {
    throw new Error("input: its values are given, not computed");
  },
  backward() {
    return { inputs: [] };
  },
  emitForward(k) {
    // Given values are written into the output's memory before the plan runs.
    if (k.attributes.source === "image") k.call(Opcode.LoadImage, k.output(), sizeOf(k.shape));
  },
  emitBackward() {},
};
