import type { Graph, Parameter } from "../graph/graph.js";
import { ops } from "../graph/ops/index.js";
import type { ParameterLayout } from "../graph/ops/op.js";

/** Where a parameter lies among all parameters, in values. */
export interface ParameterPlace {
  readonly parameter: Parameter;
  readonly layout: ParameterLayout;
  readonly offset: number;
  readonly rows: number;
  readonly rowLength: number;
  /** Values from row to row: `rowLength` rounded up to a multiple of 4. */
  readonly rowStride: number;
}

/** Values are kept in rows that start at multiples of a SIMD vector. */
const LANES = 4;

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Places of all parameters, in the graph's order, without gaps. */
export function placeParameters(graph: Graph): ParameterPlace[] {
  let offset = 0;
  return graph.parameters.map((parameter, index) => {
    const layout = layoutOf(graph, index);
    const { rows, rowLength } = rowsOf(parameter, layout);
    const rowStride = roundUp(rowLength, LANES);
    const place = { parameter, layout, offset, rows, rowLength, rowStride };
    offset += rows * rowStride;
    return place;
  });
}

/** Values that all parameters take. */
export function placedSize(places: readonly ParameterPlace[]): number {
  const last = places.at(-1);
  return last === undefined ? 0 : last.offset + last.rows * last.rowStride;
}

function layoutOf(graph: Graph, index: number): ParameterLayout {
  for (const node of graph.nodes) {
    const position = node.parameters.indexOf(index);
    if (position < 0) continue;
    const layout = ops[node.op].parameterLayouts?.[position];
    if (layout !== undefined) return layout;
  }
  return "rows";
}

function rowsOf(
  parameter: Parameter,
  layout: ParameterLayout,
): { rows: number; rowLength: number } {
  const { shape } = parameter;
  if (layout === "convolution") {
    const [outChannels = 1, inChannels = 1, rows = 1, columns = 1] = shape;
    return { rows: outChannels * rows, rowLength: columns * inChannels };
  }
  return { rows: shape.slice(0, -1).reduce((a, b) => a * b, 1), rowLength: shape.at(-1) ?? 1 };
}

/** Copies PyTorch's order into the engine's. `memory` starts at the first parameter. */
export function pack(place: ParameterPlace, values: Float32Array, memory: Float32Array): void {
  forEachValue(place, (from, to) => {
    memory[to] = values[from]!;
  });
}

/** Copies the engine's order into PyTorch's. */
export function unpack(place: ParameterPlace, memory: Float32Array): Float32Array {
  const values = new Float32Array(place.rows * place.rowLength);
  forEachValue(place, (to, from) => {
    values[to] = memory[from]!;
  });
  return values;
}

/** Visits every value with its index in PyTorch's order and in the engine's. */
function forEachValue(place: ParameterPlace, visit: (torch: number, engine: number) => void): void {
  for (let row = 0; row < place.rows; row++)
    for (let at = 0; at < place.rowLength; at++)
      visit(torchIndex(place, row, at), place.offset + row * place.rowStride + at);
}

function torchIndex(place: ParameterPlace, row: number, at: number): number {
  if (place.layout === "rows") return row * place.rowLength + at;
  const [, inChannels = 1, kernelRows = 1, kernelColumns = 1] = place.parameter.shape;
  const out = Math.floor(row / kernelRows);
  const u = row % kernelRows;
  const v = Math.floor(at / inChannels);
  const i = at % inChannels;
  return ((out * inChannels + i) * kernelRows + u) * kernelColumns + v;
}
