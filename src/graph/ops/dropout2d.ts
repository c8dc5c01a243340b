import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { dropThreshold } from "../philox.js";
import { dropProbability } from "./attributes.js";
import { sameChannels } from "./channels.js";
import type { ImageOp, KernelContext } from "./op.js";
import { noParameters } from "./parameters.js";
import { mapShape } from "./shapes.js";

export interface Dropout2dAttributes {
  /** Probability that a channel is dropped, in [0, 1). */
  readonly p: number;
}

/** All that is known of {@link dropout2d}. */
export const dropout2dOp: ImageOp<Dropout2dAttributes> = {
  name: "dropout2d",
  scope: "image",
  attributes: { p: dropProbability },
  inputCount: 1,
  parameterLayouts: [],
  checkParameters: noParameters("dropout2d"),
  role: { kind: "plain" },
  readsChannels: sameChannels,
  keepsChannelsApart: true,
  randomUnits: ([channels]) => channels!,
  multiplyAdds: () => 0,
  drawing: {
    family: "plain",
    caption: (_inputs, { p }) => `dropout2d ${p}`,
    continuesLayer: true,
  },

  shape: ([input]) => mapShape("dropout2d", input),

  forward: (call) => masked(call, call.inputs[0]!.values),

  // dL/dx[i, r, c] = g[i, r, c] · m[i] / (1 − p)
  backward: (call) => ({ inputs: [masked(call, call.gradient)] }),

  // Nothing is dropped in evaluation.
  onnx: (onnx) => onnx.input(0),

  emitForward(k) {
    const [channels, rows, columns] = mapShape("dropout2d", k.shape);
    if (!drops(k)) {
      k.call("Copy", { to: k.output(), from: k.input(0), count: sizeOf(k.shape) });
      return;
    }
    const live = emitLiveChannels(k, channels, k.stream, k.attributes.p);
    k.call("Dropout2dForward", {
      x: k.input(0),
      y: k.output(),
      live,
      positions: rows * columns,
      channels,
      scale: 1 / (1 - k.attributes.p),
    });
  },

  emitBackward(k) {
    const [channels, rows, columns] = mapShape("dropout2d", k.shape);
    if (!drops(k)) {
      const count = sizeOf(k.shape);
      k.call("Accumulate", { a: k.inputGradient(0), b: k.outputGradient(), count });
      return;
    }
    k.call("Dropout2dBackward", {
      gy: k.outputGradient(),
      live: liveChannels(k, channels),
      gx: k.inputGradient(0),
      positions: rows * columns,
      channels,
      scale: 1 / (1 - k.attributes.p),
    });
  },
};

function drops(k: KernelContext<Dropout2dAttributes>): boolean {
  return k.training && k.attributes.p > 0;
}

/** The list that `emitLiveChannels` fills: the number of live channels, then their indices. */
export function liveChannels(k: KernelContext<unknown>, channels: number): number {
  return k.saved("live", channels + 1);
}

/** Lists the channels that are kept in this step, once per image. */
export function emitLiveChannels(
  k: KernelContext<unknown>,
  channels: number,
  stream: number,
  p: number,
): number {
  const live = liveChannels(k, channels);
  k.call("Dropout2dLive", { live, channels, stream, threshold: dropThreshold(p) });
  return live;
}

function masked(
  call: Parameters<typeof dropout2dOp.forward>[0],
  values: Float64Array,
): Float64Array {
  const { p } = call.attributes;
  if (!call.training) return values.slice();
  const positions = values.length / call.shape[0]!;
  return values.map((value, at) =>
    call.keeps(Math.floor(at / positions), p) ? value / (1 - p) : 0,
  );
}

/**
 * In training, drops whole channels with probability p and scales the others.
 *
 * `y[i, r, c] = x[i, r, c] · m[i] / (1 − p)`, m = 1 with probability 1 − p, else 0; in evaluation `y = x`.
 *
 * [channels, rows, columns] → the same. As `torch.nn.Dropout2d`, except that the mask depends only on the seed, the
 * node, the step and the channel's position in the batch (`philox.ts`).
 * Paper: Tompson et al., "Efficient Object Localization Using Convolutional Networks", CVPR 2015.
 *
 * @example
 * const y = dropout2d(x, 0.2); // [8, 14, 14]
 */
export function dropout2d(x: Tensor, p: number): Tensor {
  return addNode(dropout2dOp, { inputs: [x], attributes: { p }, label: "dropout2d" });
}
