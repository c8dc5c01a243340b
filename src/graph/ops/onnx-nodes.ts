// ONNX nodes that several ops write.

import { InputError } from "../../errors.js";
import type { Shape } from "../graph.js";
import type { OnnxValue, OnnxWriter } from "../onnx.js";

type Writer = OnnxWriter<unknown>;

/** A constant number that is combined with any tensor. */
export function onnxNumber(onnx: Writer, name: string, value: number): OnnxValue {
  return onnx.constant(name, { shape: [], values: Float32Array.of(value) });
}

/** A list with the same number for each channel. */
export function onnxList(onnx: Writer, name: string, count: number, value: number): OnnxValue {
  return onnx.constant(name, { shape: [count], values: new Float32Array(count).fill(value) });
}

/** The same values of each image in another shape. */
export function onnxReshape(onnx: Writer, x: OnnxValue, shape: Shape): OnnxValue {
  // 0 keeps the batch's axis.
  return onnx.add("Reshape", [x, onnx.integers("shape", [0, ...shape])]);
}

/** With axes of extent 1 after the others, up to `rank` axes without the batch's. */
export function onnxWithRank(onnx: Writer, x: OnnxValue, shape: Shape, rank: number): OnnxValue {
  if (shape.length >= rank) return x;
  const axes = Array.from({ length: rank - shape.length }, (_, at) => shape.length + 1 + at);
  return onnx.add("Unsqueeze", [x, onnx.integers("axes", axes)]);
}

/** A value without a batch axis, the same for each image of the batch. */
export function onnxForEachImage(onnx: Writer, value: OnnxValue, shape: Shape): OnnxValue {
  const axes = onnx.integers("axes", [0]);
  const size = onnx.add("Concat", [onnx.batch(), onnx.integers("shape", shape)], { axis: 0 });
  return onnx.add("Expand", [onnx.add("Unsqueeze", [value, axes]), size]);
}

/** Normalises over the channels of each position, which become the last axis for that. */
export function onnxChannelsLast(
  onnx: Writer,
  x: OnnxValue,
  shape: Shape,
  write: (x: OnnxValue) => OnnxValue,
): OnnxValue {
  if (shape.length === 1) return write(x);
  const last = shape.length;
  const axes = Array.from({ length: last - 1 }, (_, at) => at + 2);
  const positions = Array.from({ length: last - 1 }, (_, at) => at + 1);
  const y = write(onnx.add("Transpose", [x], { perm: [0, ...axes, 1] }));
  return onnx.add("Transpose", [y], { perm: [0, last, ...positions] });
}

/** Softmax of the products of queries and keys, scaled by 1 / √d, times the values. */
export function onnxAttention(
  onnx: Writer,
  {
    q,
    k,
    v,
    size,
    bias,
  }: {
    /** [..., tokens, d] */
    readonly q: OnnxValue;
    /** [..., d, tokens] */
    readonly k: OnnxValue;
    /** [..., tokens, d] */
    readonly v: OnnxValue;
    readonly size: number;
    readonly bias?: OnnxValue;
  },
): OnnxValue {
  const scale = onnxNumber(onnx, "scale", 1 / Math.sqrt(size));
  const scores = onnx.add("Mul", [onnx.add("MatMul", [q, k]), scale]);
  const biased = bias === undefined ? scores : onnx.add("Add", [scores, bias]);
  return onnx.add("MatMul", [onnx.add("Softmax", [biased], { axis: -1 }), v]);
}

/** Pixel coordinates `[x, y, 1]` as a constant [3, rows · columns]. */
export function onnxCoordinates(
  onnx: Writer,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  coordinate: (index: number, extent: number) => number,
): OnnxValue {
  const count = rows * columns;
  const values = new Float32Array(3 * count).fill(1);
  for (let at = 0; at < count; at++) {
    values[at] = coordinate(at % columns, columns);
    values[count + at] = coordinate(Math.floor(at / columns), rows);
  }
  return onnx.constant("coordinates", { shape: [3, count], values });
}

/** The `onnx` fact of losses, which a network for predictions does not have. */
export function withoutOnnx(op: string): () => never {
  return () => {
    throw new InputError(op, "a network without a loss for ONNX", "one with a loss");
  };
}

/** Indices `from` to `to` − 1 along an axis, where 0 is the batch's of a value that has one. */
export function onnxSlice(
  onnx: Writer,
  x: OnnxValue,
  axis: number,
  [from, to]: readonly [number, number],
): OnnxValue {
  const [starts, ends] = [onnx.integers("starts", [from]), onnx.integers("ends", [to])];
  return onnx.add("Slice", [x, starts, ends, onnx.integers("axes", [axis])]);
}

/** A grid [batch, rows, columns, 2] of ONNX as the map [2, rows, columns] that it is here. */
export function onnxGrid(onnx: Writer, grid: OnnxValue): OnnxValue {
  return onnx.add("Transpose", [grid], { perm: [0, 3, 1, 2] });
}

/** Weight and bias of a normalisation; 1 and 0 where it has none. */
export function onnxScale(onnx: OnnxWriter<{ readonly affine: boolean }>): OnnxValue[] {
  if (onnx.attributes.affine) return [onnx.parameter(0), onnx.parameter(1)];
  const [channels] = onnx.shape as [number];
  return [onnxList(onnx, "weight", channels, 1), onnxList(onnx, "bias", channels, 0)];
}
