import type { ConvGeometry } from "./geometry.js";
import { isDense } from "./geometry.js";

/**
 * The kernels that compute a convolution.
 *
 * `depthwise`: each channel has a kernel of its own. `winograd`: 3×3 kernels with a quarter of the products, between
 * transforms whose cost does not grow with the product of the channels. `dense`: all others.
 */
export type ConvStrategy = "dense" | "depthwise" | "winograd";

/** Fewest channels on both sides with which the transforms pay in a whole training step (`fovea bench --scaling`). */
const fewestChannels = 8;
/** Fewest rows and columns of the result: a tile has 4×4. */
const fewestPositions = 3;

export function convStrategy({ rows, columns, ...channels }: ConvGeometry): ConvStrategy {
  const { groups, inChannels, outChannels } = channels;
  if (groups > 1 && groups === inChannels && groups === outChannels) return "depthwise";
  const is3x3 = [rows, columns].every((axis) => axis.kernel === 3 && isDense(axis));
  const isLarge = Math.min(inChannels, outChannels) >= fewestChannels;
  const hasTiles = Math.min(rows.output, columns.output) >= fewestPositions;
  return groups === 1 && is3x3 && isLarge && hasTiles ? "winograd" : "dense";
}
