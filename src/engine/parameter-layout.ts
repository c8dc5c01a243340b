import { type Graph, type Parameter, type Shape, sizeOf } from "../graph/graph.js";
import { definitionOf } from "../graph/node-facts.js";
import { coordinateChannels } from "../graph/ops/convolution/coordinates.js";
import type { ParameterLayout } from "../graph/ops/op.js";
import type { Tensor32 } from "../graph/tensors.js";

/** Where a parameter lies in the memory of all parameters. Sizes and offsets are in values. */
export interface ParameterPlace {
  readonly parameter: Parameter;
  readonly layout: ParameterLayout;
  readonly offset: number;
  /** With padding; a multiple of 4. */
  readonly size: number;
  /** From one row to the next; a multiple of 4. */
  readonly rowStride: number;
}

/** Values per SIMD vector: rows are padded to multiples of it. */
const LANES = 4;

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/**
 * Places all parameters in memory, in the graph's order, without gaps; buffers come after all that is trained, so that
 * the update does not meet them.
 *
 * @returns in the graph's order
 */
export function placeParameters(graph: Graph): ParameterPlace[] {
  const sized = graph.parameters.map((parameter, index) => {
    const layout = layoutOf(graph, index);
    const { rows, rowLength, unpadded } = partsOf(parameter, layout);
    const rowStride = roundUp(rowLength, LANES);
    return { parameter, layout, size: rows * rowStride + roundUp(unpadded, LANES), rowStride };
  });
  const next = { trained: 0, buffer: trainedSize(sized) };
  return sized.map((place) => {
    const region = place.parameter.buffer ? "buffer" : "trained";
    const offset = next[region];
    next[region] += place.size;
    return { ...place, offset };
  });
}

/** Number of values of all parameters, with padding. */
export function placedSize(places: readonly Pick<ParameterPlace, "size">[]): number {
  return places.reduce((size, place) => size + place.size, 0);
}

/** The same for those that are trained: they lie before the buffers. */
export function trainedSize(places: readonly Pick<ParameterPlace, "size" | "parameter">[]): number {
  return placedSize(places.filter(({ parameter }) => !parameter.buffer));
}

function layoutOf(graph: Graph, index: number): ParameterLayout {
  for (const node of graph.nodes) {
    const position = node.parameters.indexOf(index);
    if (position < 0) continue;
    const layout = definitionOf(node).parameterLayouts[position];
    if (layout !== undefined) return layout;
  }
  return "rows";
}

/** Number and length of the rows, and the number of values after them that are not in padded rows. */
function partsOf({ shape }: Parameter, layout: ParameterLayout) {
  if (layout === "rows") {
    const rowLength = shape.at(-1) ?? 1;
    return { rows: sizeOf(shape) / rowLength, rowLength, unpadded: 0 };
  }
  if (layout === "map") return { rows: 1, rowLength: sizeOf(shape), unpadded: 0 };
  const [outChannels = 1, , kernelRows = 1, kernelColumns = 1] = shape;
  const rows = outChannels * kernelRows;
  const own = ownChannels(shape, layout);
  const unpadded = sizeOf(shape) - rows * kernelColumns * own;
  return { rows, rowLength: kernelColumns * own, unpadded };
}

/** Number of a convolution's input channels without coordinates. */
function ownChannels([, inChannels = 1]: Shape, layout: ParameterLayout): number {
  return layout === "coordConvolution" ? inChannels - coordinateChannels : inChannels;
}

/** Copies a parameter from PyTorch's order to the engine's. `memory` starts at the first parameter. */
export function pack(place: ParameterPlace, values: Float32Array, memory: Float32Array): void {
  const { offset } = place;
  for (let at = 0; at < values.length; at++) {
    memory[offset + engineIndex(place, at)] = values[at]!;
  }
}

/** A copy of a parameter in PyTorch's order. `memory` starts at the first parameter. */
export function unpack(place: ParameterPlace, memory: Float32Array): Float32Array {
  const { offset } = place;
  const values = new Float32Array(sizeOf(place.parameter.shape));
  for (let at = 0; at < values.length; at++) {
    values[at] = memory[offset + engineIndex(place, at)]!;
  }
  return values;
}

/** The index in the engine's order of the value with index `at` in PyTorch's order. */
function engineIndex({ parameter: { shape }, layout, rowStride }: ParameterPlace, at: number) {
  if (layout === "rows") {
    const rowLength = shape.at(-1) ?? 1;
    return Math.floor(at / rowLength) * rowStride + (at % rowLength);
  }
  if (layout === "map") {
    const positions = sizeOf(shape.slice(1));
    return (at % positions) * (shape[0] ?? 1) + Math.floor(at / positions);
  }
  const [outChannels = 1, inChannels = 1, kernelRows = 1, kernelColumns = 1] = shape;
  const v = at % kernelColumns;
  const u = Math.floor(at / kernelColumns) % kernelRows;
  const i = Math.floor(at / (kernelColumns * kernelRows)) % inChannels;
  const o = Math.floor(at / (kernelColumns * kernelRows * inChannels));
  const own = ownChannels(shape, layout);
  if (i < own) return (o * kernelRows + u) * rowStride + v * own + i;
  const coordinate = o * coordinateChannels + (i - own);
  return outChannels * kernelRows * rowStride + (coordinate * kernelRows + u) * kernelColumns + v;
}

/** Copies of tensors that lie in memory as the parameters do. */
export function unpackAll(
  places: readonly ParameterPlace[],
  memory: Float32Array,
): Map<string, Tensor32> {
  return new Map(
    places.map((place) => [
      place.parameter.name,
      { shape: place.parameter.shape, values: unpack(place, memory) },
    ]),
  );
}
