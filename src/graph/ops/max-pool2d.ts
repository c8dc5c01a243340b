import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { wholeNumber } from "./attributes.js";
import { sameChannels } from "./channels.js";
import type { ImageOp, KernelContext, Tensor64 } from "./op.js";
import { noParameters } from "./parameters.js";
import { mapShape, showShape } from "./shapes.js";

export interface MaxPool2dAttributes {
  /** Side of the square window, and the stride. */
  readonly kernelSize: number;
}

/** Index in `x` of the first maximum of a window, in row-major order; NaN counts as the largest. */
function argmax(x: Tensor64, channel: number, row: number, column: number, k: number): number {
  const [, rows, columns] = mapShape("maxPool2d", x.shape);
  let best = (channel * rows + row * k) * columns + column * k;
  const corner = best;
  for (let u = 0; u < k; u++)
    for (let v = 0; v < k; v++) {
      const at = corner + u * columns + v;
      if (x.values[at]! > x.values[best]! || Number.isNaN(x.values[at]!)) best = at;
    }
  return best;
}

/**
 * Maximum of each k×k window, stride k; a remainder at the right and the bottom is left out.
 *
 * `y[i, r, c] = max_{u, v < k} x[i, k·r + u, k·c + v]`
 *
 * [channels, rows, columns] → [channels, ⌊rows / k⌋, ⌊columns / k⌋]. As `torch.nn.MaxPool2d(k)`.
 * Kink: among equal values the first in row-major order gets the whole gradient, as in PyTorch.
 */
export const maxPool2dOp: ImageOp<MaxPool2dAttributes> = {
  name: "maxPool2d",
  scope: "image",
  attributes: { kernelSize: wholeNumber(1, 15) },
  inputCount: 1,
  parameterLayouts: [],
  checkParameters: noParameters("maxPool2d"),
  role: { kind: "plain" },
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  randomUnits: () => 0,
  multiplyAdds: () => 0,
  drawing: {
    family: "plain",
    caption: (_inputs, { kernelSize: k }) => `max-pool ${k}×${k}`,
    continuesLayer: true,
  },

  shape([input], { kernelSize }) {
    const [channels, rows, columns] = mapShape("maxPool2d", input);
    if (rows < kernelSize || columns < kernelSize) {
      const least = `a map of at least ${kernelSize}×${kernelSize}`;
      throw new InputError("maxPool2d", least, showShape(input));
    }
    return [channels, Math.floor(rows / kernelSize), Math.floor(columns / kernelSize)];
  },

  forward({ inputs, attributes: { kernelSize }, shape }) {
    const [channels, rows, columns] = mapShape("maxPool2d", shape);
    const y = new Float64Array(channels * rows * columns);
    let at = 0;
    for (let i = 0; i < channels; i++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++)
          y[at++] = inputs[0]!.values[argmax(inputs[0]!, i, r, c, kernelSize)]!;
    return y;
  },

  // dL/dx[argmax of the window] += g[window]
  backward({ inputs, attributes: { kernelSize }, shape, gradient }) {
    const [channels, rows, columns] = mapShape("maxPool2d", shape);
    const dx = new Float64Array(inputs[0]!.values.length);
    let at = 0;
    for (let i = 0; i < channels; i++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++)
          dx[argmax(inputs[0]!, i, r, c, kernelSize)]! += gradient[at++]!;
    return { inputs: [dx] };
  },

  emitForward(k) {
    k.call("MaxPoolForward", { x: k.input(0), y: k.output(), ...sizes(k) });
  },

  emitBackward(k) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("MaxPoolBackward", { x: k.input(0), gy, gx, ...sizes(k) });
  },
};

function sizes({ inputShapes, attributes }: KernelContext<MaxPool2dAttributes>) {
  const [channels, inRows, inColumns] = mapShape("maxPool2d", inputShapes[0]);
  return { inRows, inColumns, channels, window: attributes.kernelSize };
}

/** Maximum over windows of `kernelSize`×`kernelSize`, stride `kernelSize`. */
export function maxPool2d(x: Tensor, kernelSize: number): Tensor {
  return addNode(maxPool2dOp, {
    inputs: [x],
    attributes: { kernelSize },
    label: "maxPool2d",
  });
}
