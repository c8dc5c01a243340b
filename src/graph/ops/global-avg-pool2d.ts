import { addNode, type Tensor } from "../builder.js";
import { sameChannels } from "./channels.js";
import type { ImageOp } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { forEachWindow, wholeMap } from "./pool-windows.js";
import { mapShape } from "./shapes.js";

/** All that is known of {@link globalAvgPool2d}. */
export const globalAvgPool2dOp: ImageOp<object> = {
  ...plainFacts("globalAvgPool2d"),
  attributes: {},
  inputCount: 1,
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  drawing: {
    family: "plain",
    caption: () => "global average-pool",
    continuesLayer: true,
  },

  shape: ([input]) => mapShape("globalAvgPool2d", input).slice(0, 1),

  forward({ inputs }) {
    const { values, shape } = inputs[0]!;
    const y = new Float64Array(shape[0]!);
    forEachWindow(wholeMap("globalAvgPool2d", shape), ({ at, pixels }) => {
      y[at] = pixels.reduce((sum, pixel) => sum + values[pixel]!, 0) / pixels.length;
    });
    return y;
  },

  // dL/dx[i, r, c] = g[i] / (rows · columns)
  backward({ inputs, gradient }) {
    const { values, shape } = inputs[0]!;
    const dx = new Float64Array(values.length);
    forEachWindow(wholeMap("globalAvgPool2d", shape), ({ at, pixels }) => {
      for (const pixel of pixels) dx[pixel] = gradient[at]! / pixels.length;
    });
    return { inputs: [dx] };
  },

  onnx: (onnx) =>
    onnx.add("Flatten", [onnx.add("GlobalAveragePool", [onnx.input(0)])], { axis: 1 }),

  emitForward(k) {
    const windows = wholeMap("globalAvgPool2d", k.inputShapes[0]);
    k.call("AvgPoolForward", { x: k.input(0), y: k.output(), ...windows, countIncludePad: 1 });
  },

  emitBackward(k) {
    const windows = wholeMap("globalAvgPool2d", k.inputShapes[0]);
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("AvgPoolBackward", { gy, gx, ...windows, countIncludePad: 1 });
  },
};

/**
 * Mean of each channel.
 *
 * `y[i] = Σ_{r, c} x[i, r, c] / (rows · columns)`
 *
 * [channels, rows, columns] → [channels]. As `torch.nn.AdaptiveAvgPool2d(1)`, flattened: squeeze-and-excitation, and
 * the head of a residual network.
 *
 * @example
 * const features = globalAvgPool2d(x); // [8]
 */
export function globalAvgPool2d(x: Tensor): Tensor {
  return addNode(globalAvgPool2dOp, { inputs: [x], attributes: {}, label: "globalAvgPool2d" });
}
