// Memory of kernels/winograd-conv-pool.ts, in values.

/** Products per tile and channel. */
export const winogradPoints = 64;
/** Tiles computed together. */
const TILES = 4;

/** Channels of the input, padded to whole groups of 10 or 8. */
export function paddedChannels(inChannels: number): number {
  return Math.min(...[10, 8].map((group) => Math.ceil(inChannels / group) * group));
}

/** Transformed weights. Those of each point have room for values that are written past their end. */
export function winogradPackedSize(inChannels: number, outChannels: number): number {
  const padded = paddedChannels(inChannels);
  const groups = Math.ceil(padded / 8);
  return winogradPoints * (outChannels * padded + 4 * groups);
}

/** Constants and offsets of tiles, the input's tiles before and after their last transform, the sums. */
export function winogradScratchSize(inChannels: number, outChannels: number): number {
  const tile = winogradPoints * TILES;
  const tiles = (5 + paddedChannels(inChannels)) * tile;
  return 128 + Math.ceil(outChannels / 4) * 4 + tiles + outChannels * (tile + 16);
}
