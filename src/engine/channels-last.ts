import type { Shape } from "../graph/graph.js";

/** From `[channel, position]` to `[position, channel]`. */
export function toChannelsLast(values: Float32Array, shape: Shape): Float32Array {
  return transpose(values, shape[0] ?? 1);
}

/** From `[position, channel]` to `[channel, position]`. */
export function fromChannelsLast(values: Float32Array, shape: Shape): Float32Array {
  return transpose(values, values.length / (shape[0] ?? 1));
}

function transpose(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = values[row * columns + column]!;
  return result;
}
