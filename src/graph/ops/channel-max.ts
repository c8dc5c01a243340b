import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { everyChannel } from "./channels.js";
import type { ImageOp, KernelContext } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { argmaxOf } from "./pool-windows.js";
import { mapShape } from "./shapes.js";

/** Index of the first maximum over the channels at a position; NaN counts as the largest, the first of several. */
function argmaxChannel(values: Float64Array, positions: number, position: number): number {
  const channels = values.length / positions;
  const all = Array.from({ length: channels }, (_, channel) => channel * positions + position);
  return all.find((at) => Number.isNaN(values[at]!)) ?? argmaxOf(values, all);
}

/** All that is known of {@link channelMax}. */
export const channelMaxOp: ImageOp<object> = {
  ...plainFacts("channelMax"),
  attributes: {},
  inputCount: 1,
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: () => "max over channels",
    continuesLayer: true,
  },

  shape([input]) {
    const [, rows, columns] = mapShape("channelMax", input);
    return [1, rows, columns];
  },

  forward({ inputs, shape }) {
    const { values } = inputs[0]!;
    const y = new Float64Array(sizeOf(shape));
    return y.map((_, position) => values[argmaxChannel(values, y.length, position)]!);
  },

  // dL/dx[argmax, r, c] = g[0, r, c]
  backward({ inputs, gradient }) {
    const { values } = inputs[0]!;
    const dx = new Float64Array(values.length);
    for (const [position, g] of gradient.entries()) {
      dx[argmaxChannel(values, gradient.length, position)] = g;
    }
    return { inputs: [dx] };
  },

  onnx: (onnx) =>
    onnx.add("ReduceMax", [onnx.input(0), onnx.integers("axes", [1])], { keepdims: 1 }),

  emitForward(k) {
    k.call("ChannelMaxForward", { x: k.input(0), y: k.output(), ...sizes(k) });
  },

  emitBackward(k) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("ChannelMaxBackward", { x: k.input(0), y: k.output(), gy, gx, ...sizes(k) });
  },
};

function sizes(k: KernelContext<object>) {
  const [channels, rows, columns] = mapShape("channelMax", k.inputShapes[0]);
  return { positions: rows * columns, channels };
}

/**
 * Maximum over the channels at each position.
 *
 * `y[0, r, c] = max_i x[i, r, c]`
 *
 * [channels, rows, columns] → [1, rows, columns]. As `torch.max(x, 0, keepdim=True).values` of one image.
 * Kink: among equal values that of the first channel gets the whole gradient, as in PyTorch. NaN counts as the largest.
 * Paper: Woo et al., "CBAM: Convolutional block attention module", ECCV 2018.
 *
 * @example
 * const strongest = channelMax(x); // [1, 14, 14]
 */
export function channelMax(x: Tensor): Tensor {
  return addNode(channelMaxOp, { inputs: [x], attributes: {}, label: "channelMax" });
}
