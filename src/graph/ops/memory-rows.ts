import { InputError } from "../../errors.js";
import { type Shape, sizeOf } from "../graph.js";
import { showShape } from "./shapes.js";

/** How an axis lies in the engine's memory, which is [...positions][channel]: `outer` rows of `extent · inner` values. */
export interface AxisRows {
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
}

export function axisRows(shape: Shape, dim: number): AxisRows {
  const [channels = 1, ...positions] = shape;
  if (dim === 0) return { outer: sizeOf(positions), extent: channels, inner: 1 };
  return {
    outer: sizeOf(positions.slice(0, dim - 1)),
    extent: positions[dim - 1]!,
    inner: sizeOf(positions.slice(dim)) * channels,
  };
}

/** The same axis of a row-major tensor, as the reference's are. */
export function rowMajorRows(shape: Shape, dim: number): AxisRows {
  return {
    outer: sizeOf(shape.slice(0, dim)),
    extent: shape[dim]!,
    inner: sizeOf(shape.slice(dim + 1)),
  };
}

/** @throws InputError in the op's name where a tensor of this shape has no such axis */
export function checkDim(op: string, name: string, dim: number, shape: Shape): void {
  if (dim < shape.length) return;
  throw new InputError(
    op,
    `${name} below ${shape.length}, the axes of ${showShape(shape)}`,
    String(dim),
  );
}
