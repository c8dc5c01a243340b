import type { Shape } from "../../graph/graph.js";
import type { ConvAxis } from "../../graph/ops/convolution/geometry.js";
import { mapShape } from "../../graph/ops/shapes.js";
import { range } from "../../numbers.js";

/** Tiles of 2×2 windows. Windows of an odd last row or column are in tiles that overlap those before. */
export function tilesOf(shape: Shape): { readonly down: number; readonly across: number } {
  const [, rows, columns] = mapShape("conv2d", shape);
  return { down: Math.ceil(rows / 2), across: Math.ceil(columns / 2) };
}

/** Tiles that Winograd's method computes: four at once. A last one by itself takes longer than the direct sum. */
export function winogradTiles(shape: Shape): number {
  const { down, across } = tilesOf(shape);
  const all = down * across;
  return all % 4 === 1 ? all - 1 : all;
}

/** First row (or column) of the padded input that each window of 2×2 pooling sees. */
export function windowStarts({ output }: ConvAxis): number[] {
  return range(output >> 1).map((at) => 2 * at);
}
