// Convolution of one channels-last image. Lanes hold output channels; a tap multiplies one input value with one vector
// of weights. Blocks of 8 channels × 4 positions have 8 accumulators, which fit the 16 vector registers together with
// their loads; a last block of 4 channels takes the rest. A tap loads 6 vectors for 8 multiply-adds: loads are nearly
// the limit.

import { addCoordGradient } from "./coord-conv";
import { addInputGradient, addWeightGradient, ENTRY } from "./conv-gradient";
import { firstLanes, fma, highLanes, highPairs, lowLanes, lowPairs, storeLanes } from "./simd";

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

/** y[r, c, o] = bias[o] + Σ_{u, v, i} w[o, u, v, i] · x[r + u, c + v, i] */
export function convForward(
  x: usize,
  packed: usize,
  bias: usize,
  y: usize,
  inRows: i32,
  inColumns: i32,
  inChannels: i32,
  outChannels: i32,
  kernel: i32,
): void {
  const rows = inRows - kernel + 1;
  const columns = inColumns - kernel + 1;
  const pixel = <usize>inChannels << 2;
  const line = <usize>inColumns * pixel;
  const rowBytes = <usize>kernel * pixel;
  const outPixel = <usize>outChannels << 2;
  for (let first = 0; first < outChannels; first += 4) {
    // A block of 8 channels has two vectors per tap; this plain kernel computes one vector after the other.
    const block = first & ~7;
    const width = outChannels - block > 4 ? 8 : 4;
    const weights =
      packed + (<usize>(block * kernel * kernel * inChannels + (first & 4)) << 2);
    const step = <usize>width << 2;
    const start = laneBias(bias, 0, first, outChannels);
    const lanes = min(4, outChannels - first);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c += 4) {
        // Positions past the row's end repeat the last one and are not stored.
        const last = columns - 1 - c;
        const a = x + <usize>r * line + <usize>c * pixel;
        const o1 = <usize>min(1, last) * pixel;
        const o2 = <usize>min(2, last) * pixel;
        const o3 = <usize>min(3, last) * pixel;
        let s0 = start;
        let s1 = start;
        let s2 = start;
        let s3 = start;
        let w = weights;
        for (let k = 0; k < kernel; k++) {
          let p = a + <usize>k * line;
          const end = p + rowBytes;
          while (p < end) {
            const v = v128.load(w);
            s0 = fma(v128.load_splat<f32>(p), v, s0);
            s1 = fma(v128.load_splat<f32>(p + o1), v, s1);
            s2 = fma(v128.load_splat<f32>(p + o2), v, s2);
            s3 = fma(v128.load_splat<f32>(p + o3), v, s3);
            w += step;
            p += 4;
          }
        }
        const to = y + (<usize>((r * columns + c) * outChannels + first) << 2);
        storeLanes(to, s0, lanes);
        if (last > 0) storeLanes(to + outPixel, s1, lanes);
        if (last > 1) storeLanes(to + 2 * outPixel, s2, lanes);
        if (last > 2) storeLanes(to + 3 * outPixel, s3, lanes);
      }
    }
  }
}

/**
 * Gradients of `convForward`:
 *
 *   gw[o, u, v, i] += Σ_{r, c} g[r, c, o] · x[r + u, c + v, i],   gb[o] += Σ_{r, c} g[r, c, o],
 *   gx[r + u, c + v, i] += g[r, c, o] · w[o, u, v, i]
 *
 * `list` has room for one entry per position. Gradients of 0 cost nothing.
 */
export function convBackward(
  x: usize,
  gy: usize,
  weight: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  gCoords: usize,
  list: usize,
  inRows: i32,
  inColumns: i32,
  inChannels: i32,
  outChannels: i32,
  kernel: i32,
  rowStride: i32,
): void {
  const rows = inRows - kernel + 1;
  const columns = inColumns - kernel + 1;
  const pixel = inChannels << 2;
  const line = <usize>(inColumns * pixel);
  const rowLength = kernel * inChannels;
  const kernelBytes = <usize>(kernel * rowStride) << 2;
  for (let channel = 0; channel < outChannels; channel++) {
    let listEnd = list;
    let biasSum: f32 = 0;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const g = load<f32>(gy + (<usize>((r * columns + c) * outChannels + channel) << 2));
        if (g == 0) continue;
        biasSum += g;
        store<f32>(listEnd, g);
        store<i32>(listEnd, (r * inColumns + c) * pixel, 4);
        listEnd += ENTRY;
      }
    }
    const bias = gBias + (<usize>channel << 2);
    store<f32>(bias, load<f32>(bias) + biasSum);
    const at = <usize>channel * kernelBytes;
    addWeightGradient(gWeight + at, x, list, listEnd, kernel, rowLength, rowStride, line);
    if (gx) addInputGradient(gx, weight + at, list, listEnd, kernel, rowLength, rowStride, line);
    if (gCoords) {
      addCoordGradient(gCoords, list, listEnd, inRows, inColumns, inChannels, kernel);
      gCoords += <usize>(2 * kernel * kernel) << 2;
    }
  }
}
