import type { Tensor } from "../builder.js";
import { Opcode } from "../opcodes.js";
import type { ImageOp } from "./op.js";
import { mapShape } from "./shapes.js";

/** Coordinate of index `i` of `extent`: −1 at the first, 1 at the last; −1 where there is just one. */
function coordinate(i: number, extent: number): number {
  return extent === 1 ? -1 : (2 * i) / (extent - 1) - 1;
}

/**
 * Appends two channels that hold each place's row and column, from −1 to 1 inclusive.
 *
 * `y[C, r, c] = 2r / (rows − 1) − 1`, `y[C + 1, r, c] = 2c / (columns − 1) − 1`
 *
 * [channels, rows, columns] → [channels + 2, rows, columns]. A row or column of one has −1.
 * Paper: Liu et al., "An intriguing failing of convolutional neural networks and the CoordConv
 * solution", NeurIPS 2018.
 */
export const addCoordsOp: ImageOp<object> = {
  scope: "image",

  shape([input]) {
    const [channels, rows, columns] = mapShape("addCoords", input);
    return [channels + 2, rows, columns];
  },

  forward({ inputs }) {
    const [channels, rows, columns] = mapShape("addCoords", inputs[0]!.shape);
    const places = rows * columns;
    const y = new Float64Array((channels + 2) * places);
    y.set(inputs[0]!.values);
    for (let place = 0; place < places; place++) {
      y[channels * places + place] = coordinate(Math.floor(place / columns), rows);
      y[(channels + 1) * places + place] = coordinate(place % columns, columns);
    }
    return y;
  },

  // dL/dx = g of the image's own channels
  backward: ({ inputs, gradient }) => ({
    inputs: [gradient.slice(0, inputs[0]!.values.length)],
  }),

  emitForward(k) {
    const [channels, rows, columns] = mapShape("addCoords", k.inputShapes[0]);
    k.call(Opcode.AddCoordsForward, k.input(0), k.output(), rows, columns, channels);
  },

  emitBackward(k) {
    const [channels, rows, columns] = mapShape("addCoords", k.inputShapes[0]);
    const pointers = [k.outputGradient(), k.inputGradient(0)];
    k.call(Opcode.AddCoordsBackward, ...pointers, rows * columns, channels);
  },
};

/** Appends a row and a column channel, each from −1 to 1. */
export function addCoords(x: Tensor): Tensor {
  return x.builder.add("addCoords", { inputs: [x], attributes: {}, label: "addCoords" });
}
