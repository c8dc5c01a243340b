// What is stored of a 2×2 pooling window: the maximum of its values and the argmax, an offset 0..3 in row-major order.

import { liveChannel } from "./conv";
import { storeLanes } from "./simd";

/** The offset where ReLU gave 0, so that no value has a gradient. */
export const NO_ARGMAX = 255;

@inline
export function largest(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  return maximum(maximum(v0, v1), maximum(v2, v3));
}

/**
 * `pmax` gives its first argument where either is NaN. The two orders agree where neither is, but for the sign of
 * 0, which ReLU removes; else the bits of NaN in one of them make the result NaN. `f32x4.max` takes longer.
 */
@inline
function maximum(a: v128, b: v128): v128 {
  return v128.or(f32x4.pmax(a, b), f32x4.pmax(b, a));
}

/** Offset of the first maximum, made from comparisons' −1 and 0 instead of literals, see simd.ts. */
@inline
export function argmaxOffset(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  const right = f32x4.gt(v1, v0);
  const lowerRight = f32x4.gt(v3, v2);
  const lower = f32x4.gt(f32x4.pmax(v2, v3), f32x4.pmax(v0, v1));
  const column = v128.bitselect(lowerRight, right, lower);
  return i32x4.neg(i32x4.add(column, i32x4.add(lower, lower)));
}

/** Stores up to 4 lanes, each at its own channel: side by side, or those that `live` lists. */
@inline
export function scatterLanes(
  y: usize, argmax: usize, live: usize, position: i32, first: i32, lanes: i32, value: v128, offset: v128,
): void {
  if (!live) {
    storeNeighbours(y, argmax, <usize>(position + first), lanes, value, offset);
    return;
  }
  let at = <usize>(position + liveChannel(live, first));
  v128.store_lane<f32>(y + (at << 2), value, 0);
  if (argmax) v128.store_lane<u8>(argmax + at, offset, 0);
  if (lanes < 2) return;
  at = <usize>(position + liveChannel(live, first + 1));
  v128.store_lane<f32>(y + (at << 2), value, 1);
  if (argmax) v128.store_lane<u8>(argmax + at, offset, 4);
  if (lanes < 3) return;
  at = <usize>(position + liveChannel(live, first + 2));
  v128.store_lane<f32>(y + (at << 2), value, 2);
  if (argmax) v128.store_lane<u8>(argmax + at, offset, 8);
  if (lanes < 4) return;
  at = <usize>(position + liveChannel(live, first + 3));
  v128.store_lane<f32>(y + (at << 2), value, 3);
  if (argmax) v128.store_lane<u8>(argmax + at, offset, 12);
}

@inline
function storeNeighbours(y: usize, argmax: usize, at: usize, lanes: i32, value: v128, offset: v128): void {
  storeLanes(y + (at << 2), value, lanes);
  if (!argmax) return;
  if (lanes == 4) {
    v128.store_lane<u32>(argmax + at, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(offset, offset), offset), 0);
    return;
  }
  v128.store_lane<u8>(argmax + at, offset, 0);
  if (lanes > 1) v128.store_lane<u8>(argmax + at, offset, 4, 1);
  if (lanes > 2) v128.store_lane<u8>(argmax + at, offset, 8, 2);
}

/** Pools and stores one window of up to 4 channels. */
@inline
export function storeWindow(
  v0: v128, v1: v128, v2: v128, v3: v128, biases: v128, scales: v128,
  y: usize, argmax: usize, live: usize, position: i32, first: i32, lanes: i32,
): void {
  const value = f32x4.mul(f32x4.add(largest(v0, v1, v2, v3), biases), scales);
  const dead = f32x4.le(value, f32x4.splat(0));
  const offset = v128.or(argmaxOffset(v0, v1, v2, v3), dead);
  scatterLanes(y, argmax, live, position, first, lanes, v128.andnot(value, dead), offset);
}
