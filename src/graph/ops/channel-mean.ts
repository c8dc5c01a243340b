import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { everyChannel } from "./channels.js";
import type { ImageOp, KernelContext } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { mapShape } from "./shapes.js";

/** All that is known of {@link channelMean}. */
export const channelMeanOp: ImageOp<object> = {
  ...plainFacts("channelMean"),
  attributes: {},
  inputCount: 1,
  readsChannels: everyChannel,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: () => "mean over channels",
    continuesLayer: true,
  },

  shape([input]) {
    const [, rows, columns] = mapShape("channelMean", input);
    return [1, rows, columns];
  },

  forward({ inputs, shape }) {
    const { values } = inputs[0]!;
    const y = new Float64Array(sizeOf(shape));
    const channels = values.length / y.length;
    for (const [at, value] of values.entries()) y[at % y.length]! += value / channels;
    return y;
  },

  // dL/dx[i, r, c] = g[0, r, c] / channels
  backward({ inputs, gradient }) {
    const { values } = inputs[0]!;
    const channels = values.length / gradient.length;
    return { inputs: [values.map((_, at) => gradient[at % gradient.length]! / channels)] };
  },

  onnx: (onnx) =>
    onnx.add("ReduceMean", [onnx.input(0), onnx.integers("axes", [1])], { keepdims: 1 }),

  emitForward(k) {
    k.call("ChannelMeanForward", { x: k.input(0), y: k.output(), ...sizes(k) });
  },

  emitBackward(k) {
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call("ChannelMeanBackward", { gy, gx, ...sizes(k) });
  },
};

function sizes(k: KernelContext<object>) {
  const [channels, rows, columns] = mapShape("channelMean", k.inputShapes[0]);
  return { positions: rows * columns, channels };
}

/**
 * Mean over the channels at each position.
 *
 * `y[0, r, c] = Σ_i x[i, r, c] / channels`
 *
 * [channels, rows, columns] → [1, rows, columns]. As `torch.mean(x, 0, keepdim=True)` of one image.
 * Paper: Woo et al., "CBAM: Convolutional block attention module", ECCV 2018.
 *
 * @example
 * const mean = channelMean(x); // [1, 14, 14]
 */
export function channelMean(x: Tensor): Tensor {
  return addNode(channelMeanOp, { inputs: [x], attributes: {}, label: "channelMean" });
}
