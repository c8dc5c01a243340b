// Convolution in which each channel has a kernel of its own, on a map that is padded already. Lanes hold channels. The
// table of taps has two byte offsets per tap, see dense-conv.ts: that of its input from the position's corner, and that
// of its weight in a channel's kernel.

import { laneBias } from "./conv";
import { addScalar, fma, storeLanes } from "./simd";

/** Bytes of a tap's entry in the table. */
const TAP: usize = 8;

/** Packs weights as [tap][channel], padded to whole vectors; in reverse order of the taps where `flips` is not 0. */
export function depthwisePack(
  packed: usize,
  weight: usize,
  taps: usize,
  tapCount: i32,
  channels: i32,
  kernelStep: i32,
  flips: i32,
): void {
  const width = (channels + 3) & ~3;
  for (let tap = 0; tap < tapCount; tap++) {
    const entry = taps + <usize>(flips ? tapCount - 1 - tap : tap) * TAP;
    let w = weight + <usize>load<u32>(entry, 4);
    for (let channel = 0; channel < width; channel++) {
      store<f32>(packed, channel < channels ? load<f32>(w) : 0);
      w += <usize>kernelStep << 2;
      packed += 4;
    }
  }
}

/** y[r, c, i] = bias[i] + Σ over taps of w[tap, i] · x at (r, c)[tap, i], or y += the sums where `adds` is not 0. */
export function depthwiseForward(
  x: usize,
  packed: usize,
  bias: usize,
  y: usize,
  taps: usize,
  tapCount: i32,
  rowStep: i32,
  columnStep: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  adds: i32,
): void {
  const pixel = <usize>channels << 2;
  const width = <usize>((channels + 3) & ~3) << 2;
  const end = taps + <usize>tapCount * TAP;
  for (let channel = 0; channel < channels; channel += 4) {
    const lanes = channels - channel;
    const start = bias ? laneBias(bias, 0, channel, channels) : f32x4.splat(0);
    const weights = packed + (<usize>channel << 2);
    let line = x + (<usize>channel << 2);
    let to = y + (<usize>channel << 2);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c += 4) {
        // Positions past the row's end repeat the last one and are not stored.
        const last = columns - 1 - c;
        const corner = line + <usize>(c * columnStep);
        const x1 = <usize>(min(1, last) * columnStep);
        const x2 = <usize>(min(2, last) * columnStep);
        const x3 = <usize>(min(3, last) * columnStep);
        let s0 = start;
        let s1 = start;
        let s2 = start;
        let s3 = start;
        let w = weights;
        for (let tap = taps; tap < end; tap += TAP) {
          const p = corner + <usize>load<u32>(tap);
          const v = v128.load(w);
          s0 = fma(v128.load(p), v, s0);
          s1 = fma(v128.load(p + x1), v, s1);
          s2 = fma(v128.load(p + x2), v, s2);
          s3 = fma(v128.load(p + x3), v, s3);
          w += width;
        }
        storeSum(to, s0, lanes, adds);
        if (last > 0) storeSum(to + pixel, s1, lanes, adds);
        if (last > 1) storeSum(to + 2 * pixel, s2, lanes, adds);
        if (last > 2) storeSum(to + 3 * pixel, s3, lanes, adds);
        to += <usize>min(4, last + 1) * pixel;
      }
      line += <usize>rowStep;
    }
  }
}

@inline
function storeSum(to: usize, sum: v128, lanes: i32, adds: i32): void {
  storeLanes(to, adds ? f32x4.add(v128.load(to), sum) : sum, lanes);
}

/** gw[i, tap] += Σ over positions of gy[r, c, i] · x at (r, c)[tap, i] */
export function depthwiseWeightGradient(
  x: usize,
  gy: usize,
  gWeight: usize,
  taps: usize,
  tapCount: i32,
  rowStep: i32,
  columnStep: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  kernelStep: i32,
): void {
  for (let channel = 0; channel < channels; channel += 4) {
    const at = <usize>channel << 2;
    const to = gWeight + at * <usize>kernelStep;
    const lanes = min(4, channels - channel);
    for (let tap = 0; tap < tapCount; tap += 4) {
      // Taps past the last one repeat it and are not stored.
      const last = tapCount - 1 - tap;
      const t0 = taps + <usize>tap * TAP;
      const t1 = t0 + <usize>min(1, last) * TAP;
      const t2 = t0 + <usize>min(2, last) * TAP;
      const t3 = t0 + <usize>min(3, last) * TAP;
      const x1 = <usize>(load<i32>(t1) - load<i32>(t0));
      const x2 = <usize>(load<i32>(t2) - load<i32>(t0));
      const x3 = <usize>(load<i32>(t3) - load<i32>(t0));
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let line = x + at + <usize>load<u32>(t0);
      let g = gy + at;
      for (let r = 0; r < rows; r++) {
        let p = line;
        for (let c = 0; c < columns; c++) {
          const v = v128.load(g);
          s0 = fma(v128.load(p), v, s0);
          s1 = fma(v128.load(p + x1), v, s1);
          s2 = fma(v128.load(p + x2), v, s2);
          s3 = fma(v128.load(p + x3), v, s3);
          p += <usize>columnStep;
          g += <usize>channels << 2;
        }
        line += <usize>rowStep;
      }
      addLanesApart(to + <usize>load<u32>(t0, 4), s0, lanes, kernelStep);
      if (last > 0) addLanesApart(to + <usize>load<u32>(t1, 4), s1, lanes, kernelStep);
      if (last > 1) addLanesApart(to + <usize>load<u32>(t2, 4), s2, lanes, kernelStep);
      if (last > 2) addLanesApart(to + <usize>load<u32>(t3, 4), s3, lanes, kernelStep);
    }
  }
}

/** Adds lanes to values that lie `step` values apart. */
function addLanesApart(to: usize, v: v128, lanes: i32, step: i32): void {
  const bytes = <usize>step << 2;
  addScalar(to, f32x4.extract_lane(v, 0));
  if (lanes > 1) addScalar(to + bytes, f32x4.extract_lane(v, 1));
  if (lanes > 2) addScalar(to + 2 * bytes, f32x4.extract_lane(v, 2));
  if (lanes > 3) addScalar(to + 3 * bytes, f32x4.extract_lane(v, 3));
}
