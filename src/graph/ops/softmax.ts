import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { oneOf } from "./attributes.js";
import { everyChannel, sameChannels } from "./channels.js";
import { onnxReshape } from "./onnx-nodes.js";
import type { ChannelReading, ImageOp, KernelContext, Tensor64 } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { showShape } from "./shapes.js";

export interface SoftmaxAttributes {
  /** `channels`: the values of a position sum to 1. `positions`: the values of a channel do. */
  readonly over: "channels" | "positions";
}

/** Indices of the values that sum to 1, row-major; one list for each softmax. */
function groupsOf({ shape, values }: Tensor64, { over }: SoftmaxAttributes): number[][] {
  const channels = shape[0] ?? 1;
  const positions = values.length / channels;
  const list = (count: number, index: (at: number) => number) =>
    Array.from({ length: count }, (_, at) => index(at));
  return over === "channels"
    ? list(positions, (p) => p).map((p) => list(channels, (c) => c * positions + p))
    : list(channels, (c) => c).map((c) => list(positions, (p) => c * positions + p));
}

/** All that is known of {@link softmax}. */
export const softmaxOp: ImageOp<SoftmaxAttributes> = {
  ...plainFacts("softmax"),
  attributes: { over: oneOf("channels", "positions") },
  inputCount: 1,
  readsChannels: softmaxReads,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: (_inputs, { over }) => `softmax over ${over}`,
    continuesLayer: true,
  },

  shape([input], { over }) {
    const least = over === "positions" ? 2 : 1;
    if (input!.length >= least) return input!;
    const expected =
      over === "positions" ? "a map, for a softmax over positions" : "a vector or a map";
    throw new InputError("softmax", expected, showShape(input));
  },

  forward({ inputs, attributes }) {
    const [x] = inputs as [Tensor64];
    const y = new Float64Array(x.values.length);
    for (const group of groupsOf(x, attributes)) {
      const most = group.reduce((largest, at) => Math.max(largest, x.values[at]!), -Infinity);
      for (const at of group) y[at] = Math.exp(x.values[at]! - most);
      const sum = group.reduce((total, at) => total + y[at]!, 0);
      for (const at of group) y[at]! /= sum;
    }
    return y;
  },

  // dL/dx_i = y_i · (g_i − Σ_j g_j · y_j)
  backward({ inputs, attributes, output, gradient }) {
    const dx = new Float64Array(output.length);
    for (const group of groupsOf(inputs[0]!, attributes)) {
      const mean = group.reduce((sum, at) => sum + gradient[at]! * output[at]!, 0);
      for (const at of group) dx[at] = output[at]! * (gradient[at]! - mean);
    }
    return { inputs: [dx] };
  },

  onnx(onnx) {
    const { over } = onnx.attributes;
    if (over === "channels") return onnx.add("Softmax", [onnx.input(0)], { axis: 1 });
    const [channels, ...positions] = onnx.shape as [number, ...number[]];
    const rows = onnxReshape(onnx, onnx.input(0), [channels, sizeOf(positions)]);
    return onnxReshape(onnx, onnx.add("Softmax", [rows], { axis: -1 }), onnx.shape);
  },

  emitForward(k) {
    const words = { x: k.input(0), y: k.output(), ...sizes(k) };
    if (k.attributes.over === "channels") k.call("SoftmaxForward", words);
    else k.call("SoftmaxPositionsForward", words);
  },

  emitBackward(k) {
    const words = { y: k.output(), gy: k.outputGradient(), gx: k.inputGradient(0), ...sizes(k) };
    if (k.attributes.over === "channels") k.call("SoftmaxBackward", words);
    else k.call("SoftmaxPositionsBackward", words);
  },
};

function sizes(k: KernelContext<SoftmaxAttributes>) {
  const [channels = 1, ...positions] = k.shape;
  return { positions: sizeOf(positions), channels };
}

function softmaxReads(reading: ChannelReading<SoftmaxAttributes>): readonly boolean[] {
  return reading.attributes.over === "channels" ? everyChannel(reading) : sameChannels(reading);
}

/**
 * `y_i = exp(x_i) / Σ_j exp(x_j)`, over the channels of each position or over the positions of each channel.
 *
 * A vector (over its channels), or a map or matrix [channels, ...positions] → the same. As `torch.softmax(x, 0)` of one
 * image, or `torch.softmax(x.flatten(1), 1)` in the shape of x. NaN makes all values of its softmax NaN.
 *
 * @param options.over `"channels"` (default) or `"positions"`
 * @example
 * const weights = softmax(x, { over: "positions" }); // [8, 14, 14], each channel sums to 1
 */
export function softmax(x: Tensor, options: Partial<SoftmaxAttributes> = {}): Tensor {
  const attributes = { over: "channels", ...options } as const;
  return addNode(softmaxOp, { inputs: [x], attributes, label: "softmax" });
}
