import { InputError } from "../../errors.js";
import { addNode, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { wholeNumber } from "./attributes.js";
import { everyChannel, sameChannels } from "./channels.js";
import { checkDim } from "./memory-rows.js";
import type { ChannelReading, ImageOp, KernelContext } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { showShape } from "./shapes.js";

export interface TransposeAttributes {
  /** The axes that change places: 0 for channels. */
  readonly dim0: number;
  readonly dim1: number;
}

/** The axes of the input in the order of the result's. */
function axesOf(rank: number, { dim0, dim1 }: TransposeAttributes): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  [axes[dim0], axes[dim1]] = [dim1, dim0];
  return axes;
}

/** Index in the input of each value of the result, row-major. */
function sources(input: Shape, attributes: TransposeAttributes): number[] {
  const strides = input.map((_, axis) => sizeOf(input.slice(axis + 1)));
  const axes = axesOf(input.length, attributes);
  const shape = axes.map((axis) => input[axis]!);
  return Array.from({ length: sizeOf(input) }, (_, at) => {
    let rest = at;
    let source = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += (rest % shape[axis]!) * strides[axes[axis]!]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return source;
  });
}

/** All that is known of {@link transpose}. */
export const transposeOp: ImageOp<TransposeAttributes> = {
  ...plainFacts("transpose"),
  attributes: { dim0: wholeNumber(0, 2), dim1: wholeNumber(0, 2) },
  inputCount: 1,
  readsChannels: transposeReads,
  keepsChannelsApart: false,
  drawing: { family: "plain", caption: () => "transpose", continuesLayer: true },

  shape([input], attributes) {
    const { dim0, dim1 } = attributes;
    if (input!.length < 2 || input!.length > 3) {
      throw new InputError("transpose", "two or three axes", showShape(input));
    }
    checkDim("transpose", "dim0", dim0, input!);
    checkDim("transpose", "dim1", dim1, input!);
    return axesOf(input!.length, attributes).map((axis) => input![axis]!);
  },

  forward({ inputs, attributes }) {
    const { values, shape } = inputs[0]!;
    return Float64Array.from(sources(shape, attributes), (at) => values[at]!);
  },

  // dL/dx is g with the axes exchanged back
  backward({ inputs, attributes, gradient }) {
    const dx = new Float64Array(gradient.length);
    for (const [at, source] of sources(inputs[0]!.shape, attributes).entries()) {
      dx[source] = gradient[at]!;
    }
    return { inputs: [dx] };
  },

  onnx(onnx) {
    const axes = axesOf(onnx.shape.length, onnx.attributes).map((axis) => axis + 1);
    return onnx.add("Transpose", [onnx.input(0)], { perm: [0, ...axes] });
  },

  emitForward: (k) => k.call("PermuteForward", { x: k.input(0), y: k.output(), ...loops(k) }),

  emitBackward(k) {
    k.call("PermuteBackward", { gy: k.outputGradient(), gx: k.inputGradient(0), ...loops(k) });
  },
};

/** Loops over the result in the order of memory, and the input's strides for them. */
function loops(k: KernelContext<TransposeAttributes>) {
  const input = k.inputShapes[0]!;
  const [channels, ...positions] = input as [number, ...number[]];
  const strides = [1, ...positions.map((_, at) => channels * sizeOf(positions.slice(at + 1)))];
  const axes = axesOf(input.length, k.attributes);
  // Memory is [...positions][channel].
  const order = [...axes.slice(1), axes[0]!];
  const [count0, count1, count2] = [1, ...order.map((axis) => input[axis]!)].slice(-3);
  const [stride0, stride1, stride2] = [0, ...order.map((axis) => strides[axis]!)].slice(-3);
  return {
    ...{ count0: count0!, count1: count1!, count2: count2! },
    ...{ stride0: stride0!, stride1: stride1!, stride2: stride2! },
  };
}

/** Channels stay where only positions change places. */
function transposeReads(reading: ChannelReading<TransposeAttributes>): readonly boolean[] {
  const { dim0, dim1 } = reading.attributes;
  return dim0 === dim1 || (dim0 > 0 && dim1 > 0) ? sameChannels(reading) : everyChannel(reading);
}

/**
 * Two axes change places: `y[j, i] = x[i, j]` for a matrix.
 *
 * [a, b] or [a, b, c] → the same extents with two exchanged. As `torch.transpose` of one image, whose axes have numbers
 * one higher, as a batch has an axis before.
 *
 * @example
 * const turned = transpose(x, 1, 2); // [8, 14, 14], rows and columns exchanged
 */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const attributes = { dim0, dim1 };
  return addNode(transposeOp, { inputs: [x], attributes, label: "transpose" });
}
