// What coordinate channels add to any convolution: a map of two channels, the same for all images, is convolved once per
// step. coordinate(i) = 2i / (extent − 1) − 1, and −1 if there is just one.

import { SHARDS } from "../src/engine/control";
import { addScalar } from "./simd";

/** The coordinates of each position inside a padded map, row first; 0 in the padding. */
export function coordMap(
  to: usize,
  rows: i32,
  columns: i32,
  toRows: i32,
  toColumns: i32,
  top: i32,
  left: i32,
): void {
  const rowScale: f32 = rows == 1 ? 0 : <f32>2 / <f32>(rows - 1);
  const columnScale: f32 = columns == 1 ? 0 : <f32>2 / <f32>(columns - 1);
  for (let r = -top; r < toRows - top; r++) {
    for (let c = -left; c < toColumns - left; c++) {
      const isInside = r >= 0 && r < rows && c >= 0 && c < columns;
      store<f32>(to, isInside ? rowScale * <f32>r - 1 : 0);
      store<f32>(to, isInside ? columnScale * <f32>c - 1 : 0, 4);
      to += 8;
    }
  }
}

/** Packs weights [out][coordinate][tap] as dense-conv.ts reads them: blocks of channels, as [tap][coordinate][channel]. */
export function coordPack(packed: usize, weight: usize, outChannels: i32, taps: i32): void {
  for (let first = 0; first < outChannels; first += 8) {
    const width = outChannels - first > 4 ? 8 : 4;
    for (let tap = 0; tap < taps; tap++) {
      for (let coordinate = 0; coordinate < 2; coordinate++) {
        for (let lane = 0; lane < width; lane++) {
          const o = first + lane;
          const from = weight + (<usize>((2 * o + coordinate) * taps + tap) << 2);
          store<f32>(packed, o < outChannels ? load<f32>(from) : 0);
          packed += 4;
        }
      }
    }
  }
}

/** Once per step: gw[out, coordinate, tap] += Σ over shards of their sums [out][tap][coordinate], in their order. */
export function coordWeightGradientEnd(
  sums: usize,
  gWeight: usize,
  outChannels: i32,
  taps: i32,
  shardBytes: usize,
): void {
  for (let o = 0; o < outChannels; o++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let coordinate = 0; coordinate < 2; coordinate++) {
        const to = gWeight + (<usize>((2 * o + coordinate) * taps + tap) << 2);
        for (let shard: usize = 0; shard < <usize>SHARDS; shard++) addScalar(to, load<f32>(sums + shard * shardBytes));
        sums += 4;
      }
    }
  }
}
