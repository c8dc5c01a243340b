import { sizeOf } from "../../../graph/graph.js";
import { concatOp } from "../../../graph/ops/concat.js";
import { coordinateChannels } from "../../../graph/ops/convolution/coordinates.js";
import { appendCoordinates } from "../../../graph/ops/coord-conv2d.js";
import { sliceOp } from "../../../graph/ops/slice.js";
import type { NodeReader, Value } from "./context.js";
import type { Handler } from "./layers.js";
import type { Constant } from "./read-file.js";
import { resize } from "./resize.js";
import { extentOf, isBatch, regrouped, unsupported, type View, viewOf } from "./view.js";

/** A constant under another shape. @throws InputError where the values do not fill it */
function constant(
  node: NodeReader,
  from: Constant,
  shape: readonly number[],
  values = from.values,
): Constant {
  const fits = shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  if (fits && sizeOf(shape) === values.length) return { ...from, shape, values };
  throw unsupported(node.at, `the shape [${shape.join(", ")}] of ${values.length} values`);
}

/** The axis, which may be counted from the end. @throws InputError where there is no such axis */
function axisOf(node: NodeReader, axis: number, rank: number): number {
  const own = axis < 0 ? axis + rank : axis;
  if (own >= 0 && own < rank) return own;
  throw unsupported(node.at, `axis ${axis} of ${rank}`);
}

function reshape(node: NodeReader): Value {
  const value = node.value(0);
  const wanted = Array.from(node.constant(1).values);
  if (value.kind === "constant") return constant(node, value, known(value.shape, wanted));
  const view = node.view(0);
  return { ...view, dims: regrouped(node.at, view.dims, resolved(node, view, wanted)) };
}

/** A shape of a constant with its 0 and −1 replaced. */
function known(from: readonly number[], wanted: readonly number[]): number[] {
  const copied = wanted.map((extent, axis) => (extent === 0 ? from[axis]! : extent));
  const rest = sizeOf(from) / sizeOf(copied.filter((extent) => extent !== -1));
  return copied.map((extent) => (extent === -1 ? rest : extent));
}

/** A shape of a value with 0 and −1 replaced, and NaN for the batch's axis. */
function resolved(node: NodeReader, { dims }: View, wanted: readonly number[]): number[] {
  const shape = wanted.map((extent, axis) => (extent === 0 ? extentOf(dims[axis] ?? []) : extent));
  const all = sizeOf(dims.filter((dim) => !isBatch(dim)).map(extentOf));
  const rest = shape.filter((extent) => extent !== -1 && !Number.isNaN(extent));
  const hasBatch = shape.some(Number.isNaN);
  const hole = shape.indexOf(-1);
  if (hasBatch) return hole < 0 ? shape : shape.with(hole, all / sizeOf(rest));
  // A graph for a fixed number of images says that number, or −1, in its first axis.
  if (isBatch(dims[0]!) && sizeOf(shape.slice(1)) === all) return shape.with(0, Number.NaN);
  if (hole > 0 && isBatch(dims[0]!)) {
    const others = shape.slice(1).filter((extent) => extent !== -1);
    return shape.with(0, Number.NaN).with(hole, all / sizeOf(others));
  }
  throw unsupported(node.at, `the shape [${wanted.join(", ")}]`);
}

function flatten(node: NodeReader): Value {
  const view = node.view(0);
  const axis = axisOf(node, node.attributes.number("axis", 1), view.dims.length);
  if (axis !== 1) throw unsupported(node.at, `axis ${axis}, not 1`);
  return { ...view, dims: [view.dims[0]!, view.dims.slice(1).flat()] };
}

function transpose(node: NodeReader): Value {
  const value = node.value(0);
  const rank = value.kind === "constant" ? value.shape.length : node.view(0).dims.length;
  const axes =
    node.attributes.list("perm") ?? Array.from({ length: rank }, (_, at) => rank - 1 - at);
  const isOrder =
    axes.length === rank && axes.toSorted((a, b) => a - b).every((axis, at) => axis === at);
  if (!isOrder) throw unsupported(node.at, `perm [${axes.join(", ")}]`);
  if (value.kind !== "constant") {
    const view = node.view(0);
    return { ...view, dims: axes.map((axis) => view.dims[axis]!) };
  }
  const strides = value.shape.map((_, axis) => sizeOf(value.shape.slice(axis + 1)));
  const shape = axes.map((axis) => value.shape[axis]!);
  const values = Float64Array.from({ length: value.values.length }, (_, at) => {
    let rest = at;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]!) * strides[axes[axis]!]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return value.values[from]!;
  });
  return constant(node, value, shape, values);
}

function squeeze(node: NodeReader): Value {
  const axes = node.integers(1, "axes");
  const value = node.value(0);
  const keep = (extent: number, axis: number, rank: number) =>
    axes === undefined ? extent !== 1 : !axes.some((each) => axisOf(node, each, rank) === axis);
  if (value.kind === "constant") {
    return constant(
      node,
      value,
      value.shape.filter((extent, axis, all) => keep(extent, axis, all.length)),
    );
  }
  const view = node.view(0);
  const dims = view.dims.filter((dim, axis, all) => keep(extentOf(dim), axis, all.length));
  return { ...view, dims };
}

function unsqueeze(node: NodeReader): Value {
  const value = node.value(0);
  const axes = node.integers(1, "axes") ?? [];
  const rank =
    axes.length + (value.kind === "constant" ? value.shape.length : node.view(0).dims.length);
  const own = new Set(axes.map((axis) => axisOf(node, axis, rank)));
  const spread = <T>(all: readonly T[], one: T): T[] => {
    const rest = [...all];
    return Array.from({ length: rank }, (_, axis) => (own.has(axis) ? one : rest.shift()!));
  };
  if (value.kind === "constant") return constant(node, value, spread(value.shape, 1));
  const view = node.view(0);
  return { ...view, dims: spread(view.dims, []) };
}

function concat(node: NodeReader): Value {
  const values = node.node.input.map((_, at) => node.value(at));
  if (values.every((value) => value.kind === "constant")) {
    const flat = values.flatMap(({ values: own }) => Array.from(own));
    const isList = values.every(({ shape }) => shape.length === 1);
    if (!isList) throw unsupported(node.at, "constants of more than one axis");
    return constant(node, values[0]!, [flat.length], flat);
  }
  const rank = node.view(values.findIndex(({ kind }) => kind === "view")).dims.length;
  const axis = axisOf(node, node.attributes.number("axis", 0), rank);
  const [first, second] = values;
  const tensors = values.map((value) =>
    node.tensor(value.kind === "constant" ? node.spreadView(value, rank) : node.asView(value)),
  );
  if (axis === 0) throw unsupported(node.at, "axis 0, the images");
  const result = node.add(concatOp, tensors, { dim: axis - 1 });
  if (values.length === 2 && axis === 1 && first!.kind === "view" && second!.kind === "spread") {
    if (areCoordinates(second!.constant)) node.state.withCoordinates.set(result, tensors[0]!);
  }
  return viewOf(result);
}

/** Whether these are the maps of rows and columns that CoordConv appends. */
function areCoordinates({ shape, values }: Constant): boolean {
  const own = shape.slice(-3);
  const [channels, rows, columns] = own;
  if (channels !== coordinateChannels || sizeOf(own) !== values.length) return false;
  const wanted = appendCoordinates({ shape: [0, rows!, columns!], values: new Float64Array() });
  return wanted.values.every((value, at) => Math.abs(value - values[at]!) < 1e-6);
}

/** First index and index after the last of an axis, from what may be negative or too large. */
function bounded(index: number, extent: number): number {
  return Math.max(0, Math.min(extent, index < 0 ? index + extent : index));
}

function slice(node: NodeReader): Value {
  const starts = node.integers(1, "starts") ?? [];
  const ends = node.integers(2, "ends") ?? [];
  const axes = node.integers(3, "axes") ?? starts.map((_, at) => at);
  const steps = node.has(4) ? Array.from(node.constant(4).values) : starts.map(() => 1);
  if (steps.some((step) => step !== 1)) throw unsupported(node.at, `steps [${steps.join(", ")}]`);
  let value = node.value(0);
  if (value.kind !== "constant") value = node.view(0);
  for (const [at, given] of axes.entries()) {
    const rank = value.kind === "constant" ? value.shape.length : (value as View).dims.length;
    value = part(node, value as Constant | View, axisOf(node, given, rank), [
      starts[at]!,
      ends[at]!,
    ]);
  }
  return value;
}

function part(
  node: NodeReader,
  value: Constant | View,
  axis: number,
  [start, end]: readonly [number, number],
): Constant | View {
  if (value.kind === "view") {
    const x = node.tensor(value);
    const extent = axis === 0 ? 0 : x.shape[axis - 1]!;
    if (axis === 0) throw unsupported(node.at, "a part of the images");
    const [from, to] = [bounded(start, extent), bounded(end, extent)];
    return viewOf(node.add(sliceOp, [x], { dim: axis - 1, start: from, end: to }));
  }
  const extent = value.shape[axis]!;
  const [from, to] = [bounded(start, extent), bounded(end, extent)];
  const chosen = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  return { ...rows(node, value, axis, chosen), name: `${value.name}[${from}:${to}]` };
}

/** The chosen indices along an axis of a constant. */
function rows(
  node: NodeReader,
  value: Constant,
  axis: number,
  chosen: readonly number[],
): Constant {
  const inner = sizeOf(value.shape.slice(axis + 1));
  const extent = value.shape[axis]!;
  const outer = sizeOf(value.shape.slice(0, axis));
  const values: number[] = [];
  for (let o = 0; o < outer; o++)
    for (const at of chosen)
      for (let i = 0; i < inner; i++) values.push(value.values[(o * extent + at) * inner + i]!);
  return constant(node, value, value.shape.with(axis, chosen.length), values);
}

function gather(node: NodeReader): Value {
  const indices = node.constant(1);
  const value = node.value(0);
  const axis = node.attributes.number("axis", 0);
  if (indices.values.length !== 1 || indices.shape.length > 1) {
    throw unsupported(node.at, `${indices.values.length} indices, not one`);
  }
  const source = value.kind === "constant" ? value : node.view(0);
  const rank = source.kind === "constant" ? source.shape.length : source.dims.length;
  const own = axisOf(node, axis, rank);
  const [index] = Array.from(indices.values) as [number];
  const from = index < 0 && source.kind === "constant" ? index + source.shape[own]! : index;
  const found = part(node, source, own, [from, from === -1 ? Number.POSITIVE_INFINITY : from + 1]);
  if (indices.shape.length === 1) return found;
  if (found.kind === "constant") return { ...found, shape: found.shape.toSpliced(own, 1) };
  return { ...found, dims: found.dims.toSpliced(own, 1) };
}

function split(node: NodeReader): Value[] {
  const view = node.view(0);
  const axis = axisOf(node, node.attributes.number("axis", 0), view.dims.length);
  const extent = extentOf(view.dims[axis] ?? []);
  const count = node.node.output.length;
  const sizes =
    node.integers(1, "split") ?? new Array<number>(count).fill(Math.ceil(extent / count));
  let start = 0;
  return sizes.slice(0, count).map((size) => {
    const found = part(node, view, axis, [start, start + size]);
    start += size;
    return found;
  });
}

/** Nodes that only move values. */
export const shapes: Readonly<Record<string, Handler>> = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Slice: slice,
  Gather: gather,
  Split: split,
  Resize: resize,
  Shape(node) {
    const value = node.value(0);
    const extents =
      value.kind === "image"
        ? [Number.NaN, ...node.state.image]
        : value.kind === "constant"
          ? value.shape
          : node.view(0).dims.map(extentOf);
    const start = bounded(node.attributes.number("start", 0), extents.length);
    const end = bounded(node.attributes.number("end", extents.length), extents.length);
    const values = extents.slice(start, end);
    return { kind: "constant", name: node.label, shape: [values.length], values, isInteger: true };
  },
  Expand(node) {
    const value = node.value(0);
    if (value.kind === "constant") return { kind: "spread", constant: value };
    throw unsupported(node.at, "a value that is computed");
  },
};
