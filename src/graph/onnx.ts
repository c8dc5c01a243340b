import type { Shape } from "./graph.js";
import type { Tensor32 } from "./tensors.js";

/** Name of a value in an ONNX graph; `""` leaves an optional input out. */
export type OnnxValue = string;

/** Attributes of an ONNX node. Whole numbers are written as integers, unless they are `{ float }`. */
export type OnnxAttributes = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number }>
>;

/**
 * What an op writes its ONNX nodes with. Values have the batch as their first axis; the other axes are those of the op's
 * shapes: `[batch, channels, rows, columns]`.
 */
export interface OnnxWriter<A> {
  readonly attributes: A;
  readonly inputShapes: readonly Shape[];
  readonly shape: Shape;
  /** Value of the op's input. */
  input(index: number): OnnxValue;
  /** The op's parameter, as a value without a batch axis. */
  parameter(index: number): OnnxValue;
  parameterShape(index: number): Shape;
  /** What an `input` node stands for: the image, normalised, or values of the caller. */
  given(): OnnxValue;
  /** Number of images in the batch: a list of one whole number. */
  batch(): OnnxValue;
  /** Adds a constant of float32. */
  constant(name: string, tensor: Tensor32): OnnxValue;
  /** Adds a constant list of whole numbers (int64). */
  integers(name: string, values: readonly number[], shape?: Shape): OnnxValue;
  /** Adds a node with one result, of ONNX's standard operators. */
  add(operator: string, inputs: readonly OnnxValue[], attributes?: OnnxAttributes): OnnxValue;
}
