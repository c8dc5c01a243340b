import { InputError } from "../../errors.js";
import { addNode, checkTensor, type Tensor } from "../builder.js";
import { sizeOf } from "../graph.js";
import { wholeNumber } from "./attributes.js";
import { sameChannels } from "./channels.js";
import { indicesIn } from "./concat.js";
import { axisRows, checkDim } from "./memory-rows.js";
import { onnxSlice } from "./onnx-nodes.js";
import type { ChannelReading, ImageOp, KernelContext } from "./op.js";
import { plainFacts } from "./plain-facts.js";

export interface SliceAttributes {
  /** The axis: 0 for channels. */
  readonly dim: number;
  /** First index along the axis. */
  readonly start: number;
  /** Index after the last. */
  readonly end: number;
}

/** All that is known of {@link slice}. */
export const sliceOp: ImageOp<SliceAttributes> = {
  ...plainFacts("slice"),
  attributes: { dim: wholeNumber(0), start: wholeNumber(0), end: wholeNumber(1) },
  inputCount: 1,
  readsChannels: sliceReads,
  keepsChannelsApart: false,
  drawing: {
    family: "plain",
    caption: (_inputs, { dim, start, end }) =>
      `${["channels", "rows", "columns"][dim] ?? `axis ${dim}`} ${start} to ${end - 1}`,
    continuesLayer: true,
  },

  shape([input], { dim, start, end }) {
    checkDim("slice", "dim", dim, input!);
    const extent = input![dim]!;
    if (start >= end || end > extent) {
      const expected = `a start below the end, and an end of at most ${extent}`;
      throw new InputError("slice", expected, `${start} and ${end}`);
    }
    return input!.with(dim, end - start);
  },

  forward({ inputs, attributes: { dim, start }, shape }) {
    const { values, shape: whole } = inputs[0]!;
    return Float64Array.from(indicesIn(shape, whole, dim, start), (at) => values[at]!);
  },

  // dL/dx = g in the part, 0 elsewhere
  backward({ inputs, attributes: { dim, start }, shape, gradient }) {
    const whole = inputs[0]!.shape;
    const dx = new Float64Array(sizeOf(whole));
    for (const [at, to] of indicesIn(shape, whole, dim, start).entries()) dx[to] = gradient[at]!;
    return { inputs: [dx] };
  },

  onnx: (onnx) => {
    const { dim, start, end } = onnx.attributes;
    return onnxSlice(onnx, onnx.input(0), dim + 1, [start, end]);
  },

  emitForward(k) {
    const { count, start, rows, rowLength } = part(k);
    k.call("CopyRows", {
      ...{ to: k.output(), from: k.input(0) },
      ...{ rows, count, toOffset: 0, toStride: count, fromOffset: start, fromStride: rowLength },
    });
  },

  emitBackward(k) {
    const { count, start, rows, rowLength } = part(k);
    k.call("AddToRows", {
      ...{ to: k.inputGradient(0), from: k.outputGradient() },
      ...{ rows, count, toOffset: start, toStride: rowLength, fromOffset: 0, fromStride: count },
    });
  },
};

function part(k: KernelContext<SliceAttributes>) {
  const { dim, start, end } = k.attributes;
  const { outer: rows, extent, inner } = axisRows(k.inputShapes[0]!, dim);
  return { rows, rowLength: extent * inner, start: start * inner, count: (end - start) * inner };
}

function sliceReads(reading: ChannelReading<SliceAttributes>): readonly boolean[] {
  const { read, inputShapes, attributes } = reading;
  if (attributes.dim !== 0) return sameChannels(reading);
  const [channels] = inputShapes[0]!;
  return Array.from({ length: channels! }, (_, at) => read[at - attributes.start] ?? false);
}

/**
 * A part of a tensor along one axis: `y[..., i, ...] = x[..., start + i, ...]`. `dim` 0 is the channels, 1 and 2 a map's
 * rows and columns.
 *
 * Any shape → the same, with an extent of end − start. As `torch.narrow(x, dim, start, end − start)` of one image.
 *
 * @param dim the axis: 0 for channels
 * @param start first index
 * @param end index after the last; default the axis's extent
 * @example
 * const half = slice(x, 0, 0, 4); // [4, 14, 14], the first four channels
 */
export function slice(x: Tensor, dim: number, start: number, end?: number): Tensor {
  checkTensor("slice", x);
  const attributes = { dim, start, end: end ?? x.shape[dim]! };
  return addNode(sliceOp, { inputs: [x], attributes, label: "slice" });
}
