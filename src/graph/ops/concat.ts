import { InputError } from "../../errors.js";
import { addNode, checkTensor, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { wholeNumber } from "./attributes.js";
import { everyChannel, sameChannels } from "./channels.js";
import { axisRows, checkDim, rowMajorRows } from "./memory-rows.js";
import type { ChannelReading, ImageOp, KernelContext } from "./op.js";
import { plainFacts } from "./plain-facts.js";
import { showShape } from "./shapes.js";

export interface ConcatAttributes {
  /** Axis along which the tensors lie one after the other: 0 for channels. */
  readonly dim: number;
}

/** Where each input begins along the axis. */
function startsOf(shapes: readonly Shape[], dim: number): number[] {
  let start = 0;
  return shapes.map((shape) => {
    const own = start;
    start += shape[dim]!;
    return own;
  });
}

/** All that is known of {@link concat}. */
export const concatOp: ImageOp<ConcatAttributes> = {
  ...plainFacts("concat"),
  attributes: { dim: wholeNumber(0) },
  inputCount: { least: 1 },
  readsChannels: concatReads,
  keepsChannelsApart: false,
  drawing: {
    family: "add",
    title: "concat",
    caption: () => undefined,
    continuesLayer: false,
  },

  shape(inputs, { dim }) {
    const [first] = inputs as [Shape];
    checkDim("concat", "dim", dim, first);
    const others = (shape: Shape) => shape.toSpliced(dim, 1).join();
    for (const shape of inputs) {
      if (shape.length === first.length && others(shape) === others(first)) continue;
      const expected = `shapes that differ from ${showShape(first)} only in axis ${dim}`;
      throw new InputError("concat", expected, showShape(shape));
    }
    return first.with(
      dim,
      inputs.reduce((sum, shape) => sum + shape[dim]!, 0),
    );
  },

  forward({ inputs, attributes: { dim }, shape }) {
    const y = new Float64Array(sizeOf(shape));
    const starts = startsOf(
      inputs.map((input) => input.shape),
      dim,
    );
    for (const [input, { values, shape: own }] of inputs.entries()) {
      for (const [at, to] of indicesIn(own, shape, dim, starts[input]!).entries())
        y[to] = values[at]!;
    }
    return y;
  },

  // dL/dx = g, of its own part
  backward({ inputs, attributes: { dim }, shape, gradient }) {
    const starts = startsOf(
      inputs.map((input) => input.shape),
      dim,
    );
    return {
      inputs: inputs.map(({ shape: own }, input) =>
        Float64Array.from(indicesIn(own, shape, dim, starts[input]!), (at) => gradient[at]!),
      ),
    };
  },

  onnx: (onnx) =>
    onnx.add(
      "Concat",
      onnx.inputShapes.map((_, input) => onnx.input(input)),
      { axis: onnx.attributes.dim + 1 },
    ),

  emitForward(k) {
    for (const [input, { count, start, rows, rowLength }] of parts(k).entries()) {
      k.call("CopyRows", {
        ...{ to: k.output(), from: k.input(input) },
        ...{ rows, count, toOffset: start, toStride: rowLength, fromOffset: 0, fromStride: count },
      });
    }
  },

  emitBackward(k) {
    for (const [input, { count, start, rows, rowLength }] of parts(k).entries()) {
      const to = k.inputGradient(input);
      if (to === 0) continue;
      k.call("AddToRows", {
        ...{ to, from: k.outputGradient() },
        ...{ rows, count, toOffset: 0, toStride: count, fromOffset: start, fromStride: rowLength },
      });
    }
  },
};

/** Index in the whole of each value of a part that begins at `start` along an axis, row-major. */
export function indicesIn(part: Shape, whole: Shape, dim: number, start: number): number[] {
  const own = rowMajorRows(part, dim);
  const rowLength = whole[dim]! * own.inner;
  const partLength = own.extent * own.inner;
  return Array.from({ length: sizeOf(part) }, (_, at) => {
    const row = Math.floor(at / partLength);
    return row * rowLength + start * own.inner + (at % partLength);
  });
}

/** How many values of a row of the result each input gives, and where they begin. */
function parts(k: KernelContext<ConcatAttributes>) {
  const { dim } = k.attributes;
  const { outer: rows, extent, inner } = axisRows(k.shape, dim);
  return startsOf(k.inputShapes, dim).map((start, input) => ({
    ...{ rows, rowLength: extent * inner, start: start * inner },
    count: k.inputShapes[input]![dim]! * inner,
  }));
}

/** Along channels, each input's are a part of the result's. */
function concatReads(reading: ChannelReading<ConcatAttributes>): readonly boolean[] {
  const { read, input, inputShapes, attributes } = reading;
  if (inputShapes[input]!.length === 0) return everyChannel(reading);
  if (attributes.dim !== 0) return sameChannels(reading);
  const start = startsOf(inputShapes, 0)[input]!;
  return read.slice(start, start + inputShapes[input]![0]!);
}

/**
 * Tensors one after the other along an axis: `dim` 0 for channels, 1 and 2 for a map's rows and columns. Tokens are the
 * positions of a map [features, 1, tokens]: `dim` 2 puts a class token before the others.
 *
 * Shapes that differ only in that axis → the same, with its extents added. As `torch.cat` of one image, whose `dim` is
 * one more, as a batch has an axis before.
 *
 * @param tensors one or more
 * @param dim the axis; default 0, the channels
 * @example
 * const both = concat([x, relu(x)]); // [16, 14, 14]
 */
export function concat(tensors: readonly Tensor[], dim = 0): Tensor {
  if (!Array.isArray(tensors)) {
    if (!(tensors instanceof Object && "builder" in tensors)) checkTensor("concat", tensors);
    throw new InputError("concat", "a list of tensors", "one tensor");
  }
  return addNode(concatOp, { inputs: tensors, attributes: { dim }, label: "concat" });
}
