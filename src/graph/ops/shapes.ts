import { InputError } from "../../errors.js";
import type { Shape } from "../graph.js";

/** `[channels, rows, columns]`. @throws InputError in the op's name where the shape is not a map's */
export function mapShape(op: string, shape: Shape | undefined): readonly [number, number, number] {
  const [channels, rows, columns, ...rest] = shape ?? [];
  if (channels === undefined || rows === undefined || columns === undefined || rest.length > 0) {
    throw new InputError(op, "a map [channels, rows, columns]", showShape(shape));
  }
  return [channels, rows, columns];
}

/** `[features]`. @throws InputError in the op's name where the shape is not a vector's */
export function vectorShape(op: string, shape: Shape | undefined): readonly [number] {
  const [features, ...rest] = shape ?? [];
  if (features === undefined || rest.length > 0) {
    throw new InputError(op, "a vector [features]", showShape(shape));
  }
  return [features];
}

/** The shape, of a vector or a map. @throws InputError in the op's name where it is another one */
export function vectorOrMap(op: string, shape: Shape | undefined): Shape {
  if (shape?.length === 1 || shape?.length === 3) return shape;
  const expected = "a vector [features] or a map [channels, rows, columns]";
  throw new InputError(op, expected, showShape(shape));
}

/** The one shape of all. @throws InputError in the op's name where they differ */
export function sameShape(op: string, shapes: readonly Shape[]): Shape {
  const [first, ...rest] = shapes;
  if (first === undefined) throw new InputError(op, "at least one input", "none");
  for (const shape of rest) {
    if (shape.length !== first.length || shape.some((extent, axis) => extent !== first[axis])) {
      throw new InputError(op, `inputs of one shape ${showShape(first)}`, showShape(shape));
    }
  }
  return first;
}

export function showShape(shape: Shape | undefined): string {
  return shape === undefined ? "nothing" : `[${shape.join(", ")}]`;
}
