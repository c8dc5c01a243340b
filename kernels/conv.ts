// Packed weights of convolutions: lanes hold output channels, in blocks of 8, so that a tap multiplies one input value
// with whole vectors of weights.

import { firstLanes, highLanes, highPairs, lowLanes, lowPairs } from "./simd";

/**
 * Packs weights block by block as [tap][channel of the block], with zeros for channels past the end. `live` lists the
 * channels to pack, their number first; 0 stands for all channels.
 */
export function convPack(
  packed: usize,
  weight: usize,
  live: usize,
  outChannels: i32,
  kernel: i32,
  rowLength: i32,
  rowStride: i32,
): void {
  const count = live ? load<i32>(live) : outChannels;
  const channelBytes = <usize>(kernel * rowStride) << 2;
  for (let first = 0; first < count; ) {
    const width = count - first > 4 ? 8 : 4;
    const step = <usize>width << 2;
    for (let lane = 0; lane < width; lane += 4) {
      const at = first + lane;
      // Channels past the end read the last one; the mask makes them 0.
      const a = weight + <usize>liveChannel(live, min(at, count - 1)) * channelBytes;
      const b = weight + <usize>liveChannel(live, min(at + 1, count - 1)) * channelBytes;
      const c = weight + <usize>liveChannel(live, min(at + 2, count - 1)) * channelBytes;
      const d = weight + <usize>liveChannel(live, min(at + 3, count - 1)) * channelBytes;
      packFour(packed + (<usize>lane << 2), step, a, b, c, d, firstLanes(count - at), kernel, rowLength, rowStride);
    }
    packed += <usize>(kernel * rowLength) * step;
    first += width;
  }
}

/** Packs the taps of four channels side by side. Rows of weights are whole vectors. */
function packFour(
  to: usize, step: usize, a: usize, b: usize, c: usize, d: usize, mask: v128,
  kernel: i32, rowLength: i32, rowStride: i32,
): void {
  for (let row = 0; row < kernel; row++) {
    for (let i = 0; i < rowLength; i += 4) {
      const at = <usize>(row * rowStride + i) << 2;
      const va = v128.load(a + at);
      const vb = v128.load(b + at);
      const vc = v128.load(c + at);
      const vd = v128.load(d + at);
      const ab = lowLanes(va, vb);
      const cd = lowLanes(vc, vd);
      v128.store(to, v128.and(lowPairs(ab, cd), mask));
      to += step;
      if (i + 1 == rowLength) break;
      v128.store(to, v128.and(highPairs(ab, cd), mask));
      to += step;
      if (i + 2 == rowLength) break;
      const lowAb = highLanes(va, vb);
      const lowCd = highLanes(vc, vd);
      v128.store(to, v128.and(lowPairs(lowAb, lowCd), mask));
      to += step;
      if (i + 3 == rowLength) break;
      v128.store(to, v128.and(highPairs(lowAb, lowCd), mask));
      to += step;
    }
  }
}

/** The channel at an index of the list `live`. */
@inline
export function liveChannel(live: usize, at: i32): i32 {
  return live ? load<i32>(live + 4 + (<usize>at << 2)) : at;
}

/** Biases of up to 4 channels, from index `at` on. */
export function laneBias(bias: usize, live: usize, at: i32, count: i32): v128 {
  let v = f32x4.splat(0);
  if (at < count) v = f32x4.replace_lane(v, 0, biasAt(bias, live, at));
  if (at + 1 < count) v = f32x4.replace_lane(v, 1, biasAt(bias, live, at + 1));
  if (at + 2 < count) v = f32x4.replace_lane(v, 2, biasAt(bias, live, at + 2));
  if (at + 3 < count) v = f32x4.replace_lane(v, 3, biasAt(bias, live, at + 3));
  return v;
}

@inline
function biasAt(bias: usize, live: usize, at: i32): f32 {
  return load<f32>(bias + (<usize>liveChannel(live, at) << 2));
}
