import { InputError } from "../../../errors.js";
import { escapeControls } from "../../../escape-controls.js";
import type { Tensor } from "../../../graph/builder.js";
import { type Shape, sizeOf } from "../../../graph/graph.js";
import { reshape } from "../../../graph/ops/reshape.js";
import { transpose } from "../../../graph/ops/transpose.js";

/** A part of an image's row-major index: `extent` values, `stride` apart. The batch's axis has stride 0. */
export interface Atom {
  readonly stride: number;
  readonly extent: number;
}

export const BATCH: Atom = { stride: 0, extent: 0 };

/**
 * A value of an ONNX graph as a tensor of ours that is looked at in another order: ONNX's reshapes and transpositions
 * cost nothing until an op needs the values in its own order.
 */
export interface View {
  readonly kind: "view";
  readonly base: Tensor;
  /** What each axis runs over; none for an axis of extent 1. */
  readonly dims: readonly (readonly Atom[])[];
  /** Number that all values are still to be multiplied by. */
  readonly factor: number;
}

/** The view of a tensor in its own order, after the batch's axis. */
export function viewOf(base: Tensor, factor = 1): View {
  const dims = base.shape.map((extent, axis) =>
    extent === 1 ? [] : [{ stride: sizeOf(base.shape.slice(axis + 1)), extent }],
  );
  return { kind: "view", base, dims: [[BATCH], ...dims], factor };
}

export function isBatch(dim: readonly Atom[]): boolean {
  return dim.length === 1 && dim[0]!.extent === 0;
}

/** Extent of an axis; NaN for the batch's. */
export function extentOf(dim: readonly Atom[]): number {
  return isBatch(dim) ? Number.NaN : dim.reduce((size, { extent }) => size * extent, 1);
}

/** Neighbouring atoms that are one. */
export function merged(atoms: readonly Atom[]): Atom[] {
  const result: Atom[] = [];
  for (const atom of atoms) {
    const last = result.at(-1);
    if (last && atom.extent > 0 && last.stride === atom.stride * atom.extent) {
      result.pop();
      result.push({ stride: atom.stride, extent: last.extent * atom.extent });
    } else result.push(atom);
  }
  return result;
}

export function sameDims(
  a: readonly (readonly Atom[])[],
  b: readonly (readonly Atom[])[],
): boolean {
  const text = (dims: readonly (readonly Atom[])[]) =>
    dims
      .map((dim) =>
        merged(dim)
          .map(({ stride, extent }) => `${stride}*${extent}`)
          .join(),
      )
      .join(";");
  return text(a) === text(b);
}

/** The axes of another shape over the same atoms; NaN stands for the batch. @throws InputError where they do not fit */
export function regrouped(
  where: string,
  dims: readonly (readonly Atom[])[],
  shape: readonly number[],
): Atom[][] {
  const queue = merged(dims.flat());
  const result = shape.map((extent) => {
    if (Number.isNaN(extent)) {
      const batch = queue.shift();
      if (batch?.extent !== 0) throw unsupported(where, "a shape that moves the batch's axis");
      return [batch];
    }
    const dim: Atom[] = [];
    for (let wanted = extent; wanted > 1; ) {
      const atom = queue.shift();
      if (atom === undefined || atom.extent === 0)
        throw unsupported(where, "a shape across images");
      if (wanted % atom.extent === 0) {
        dim.push(atom);
        wanted /= atom.extent;
      } else if (atom.extent % wanted === 0) {
        const rest = atom.extent / wanted;
        dim.push({ stride: atom.stride * rest, extent: wanted });
        queue.unshift({ stride: atom.stride, extent: rest });
        wanted = 1;
      } else throw unsupported(where, "a shape that cuts axes at other positions");
    }
    return dim;
  });
  if (queue.length > 0) throw unsupported(where, "a shape of fewer values");
  return result;
}

/** Tensors of the graph with their atoms in this order, in this shape. @throws InputError where that takes too many steps */
export function ordered(where: string, base: Tensor, atoms: readonly Atom[], shape: Shape): Tensor {
  const wanted = merged(atoms);
  const natural = wanted.toSorted((a, b) => b.stride - a.stride);
  let order = natural.map((atom) => wanted.indexOf(atom));
  if (order.every((at, position) => at === position)) {
    return base.shape.join() === shape.join() ? base : reshape(base, shape);
  }
  if (order.length > 3) throw unsupported(where, `an order of ${order.length} axes`);
  let x = reshape(
    base,
    natural.map(({ extent }) => extent),
  );
  for (let at = 0; at < order.length; at++) {
    const from = order.indexOf(at);
    if (from === at) continue;
    x = transpose(x, at, from);
    order = order.with(from, order[at]!).with(at, at);
  }
  return x.shape.join() === shape.join() ? x : reshape(x, shape);
}

/** What is thrown for a part of ONNX that Fovea does not have. */
export function unsupported(where: string, what: string): InputError {
  return new InputError(where, "what Fovea's ops can do", escapeControls(what));
}
