import { addNode, type Tensor } from "../builder.js";
import { sameChannels } from "./channels.js";
import { argmaxMemory, scatterToArgmax } from "./max-pool2d.js";
import type { ImageOp } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { argmaxOf, forEachWindow, wholeMap } from "./pool-windows.js";
import { mapShape } from "./shapes.js";

/** All that is known of {@link globalMaxPool2d}. */
export const globalMaxPool2dOp: ImageOp<object> = {
  ...plainFacts("globalMaxPool2d"),
  attributes: {},
  inputCount: 1,
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  drawing: {
    family: "plain",
    caption: () => "global max-pool",
    continuesLayer: true,
  },

  shape: ([input]) => mapShape("globalMaxPool2d", input).slice(0, 1),

  forward({ inputs }) {
    const { values, shape } = inputs[0]!;
    const y = new Float64Array(shape[0]!);
    forEachWindow(wholeMap("globalMaxPool2d", shape), ({ at, pixels }) => {
      y[at] = values[argmaxOf(values, pixels)]!;
    });
    return y;
  },

  // dL/dx[argmax of channel i] = g[i]
  backward({ inputs, gradient }) {
    const { values, shape } = inputs[0]!;
    const dx = new Float64Array(values.length);
    forEachWindow(wholeMap("globalMaxPool2d", shape), ({ at, pixels }) => {
      dx[argmaxOf(values, pixels)] = gradient[at]!;
    });
    return { inputs: [dx] };
  },

  onnx: (onnx) => onnx.add("Flatten", [onnx.add("GlobalMaxPool", [onnx.input(0)])], { axis: 1 }),

  emitForward(k) {
    const windows = wholeMap("globalMaxPool2d", k.inputShapes[0]);
    k.call("MaxPoolForward", { x: k.input(0), y: k.output(), argmax: argmaxMemory(k), ...windows });
  },

  emitBackward: (k) => scatterToArgmax(k),
};

/**
 * Maximum of each channel.
 *
 * `y[i] = max_{r, c} x[i, r, c]`
 *
 * [channels, rows, columns] → [channels]. As `torch.nn.AdaptiveMaxPool2d(1)`, flattened.
 * Kink: among equal values the first in row-major order gets the whole gradient, as in PyTorch. NaN counts as the
 * largest value.
 *
 * @example
 * const features = globalMaxPool2d(x); // [8]
 */
export function globalMaxPool2d(x: Tensor): Tensor {
  return addNode(globalMaxPool2dOp, { inputs: [x], attributes: {}, label: "globalMaxPool2d" });
}
