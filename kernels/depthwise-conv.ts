// Convolution in which each channel has a kernel of its own, on a map that is padded already. Lanes hold channels. The
// table of taps has two byte offsets per tap, see dense-conv.ts: that of its input from the position's corner, and that
// of its weight in a channel's kernel.

import { laneBias } from "./conv";
import { storeFour } from "./ending";
import { addScalar, addVector, fma } from "./simd";

/** Bytes of a tap's entry in the table. */
const TAP: usize = 8;

/** Packs weights as [tap][channel], padded to whole vectors. */
export function depthwisePack(
  packed: usize,
  weight: usize,
  taps: usize,
  tapCount: i32,
  channels: i32,
  kernelStep: i32,
): void {
  const width = (channels + 3) & ~3;
  for (let tap = 0; tap < tapCount; tap++) {
    let w = weight + <usize>load<u32>(taps + <usize>tap * TAP, 4);
    for (let channel = 0; channel < width; channel++) {
      store<f32>(packed, channel < channels ? load<f32>(w) : 0);
      w += <usize>kernelStep << 2;
      packed += 4;
    }
  }
}

/**
 * y[r, c, i] = bias[i] + Σ over taps of w[tap, i] · x at (r, c)[tap, i], stored as `ending` says.
 *
 * Row by row, so that what the channels of a row read stays in the first cache. `first`, `pixel` and `line`: see
 * `denseConvForward`.
 *
 * @param slides 1 where taps come in threes, side by side, and positions as close: then four positions read 6 values of
 *   a row in place of 12
 */
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
  first: i32,
  pixel: i32,
  line: i32,
  ending: i32,
  slides: i32,
): void {
  const width = <usize>((channels + 3) & ~3) << 2;
  const end = taps + <usize>tapCount * TAP;
  const step = <usize>pixel << 2;
  y += <usize>first << 2;
  for (let r = 0; r < rows; r++) {
    for (let channel = 0; channel < channels; channel += 4) {
      const at = <usize>channel << 2;
      const start = bias ? laneBias(bias, 0, channel, channels) : f32x4.splat(0);
      if (slides) {
        slideRow(x + at, packed + at, start, y + at, taps, end, width, columnStep, columns, step, channels - channel, ending);
      } else {
        gatherRow(x + at, packed + at, start, y + at, taps, end, width, columnStep, columns, step, channels - channel, ending);
      }
    }
    x += <usize>rowStep;
    y += <usize>line << 2;
  }
}

/** Four channels of a row; any taps. */
function gatherRow(
  x: usize,
  weights: usize,
  start: v128,
  y: usize,
  taps: usize,
  end: usize,
  width: usize,
  columnStep: i32,
  columns: i32,
  pixel: usize,
  lanes: i32,
  ending: i32,
): void {
  for (let c = 0; c < columns; c += 4) {
    // Positions past the row's end repeat the last one and are not stored.
    const last = columns - 1 - c;
    const x1 = <usize>(min(1, last) * columnStep);
    const x2 = <usize>(min(2, last) * columnStep);
    const x3 = <usize>(min(3, last) * columnStep);
    let s0 = start;
    let s1 = start;
    let s2 = start;
    let s3 = start;
    let w = weights;
    for (let tap = taps; tap < end; tap += TAP) {
      const p = x + <usize>load<u32>(tap);
      const v = v128.load(w);
      s0 = fma(v128.load(p), v, s0);
      s1 = fma(v128.load(p + x1), v, s1);
      s2 = fma(v128.load(p + x2), v, s2);
      s3 = fma(v128.load(p + x3), v, s3);
      w += width;
    }
    storeFour(y, pixel, s0, s1, s2, s3, last, lanes, ending);
    x += <usize>columnStep << 2;
    y += pixel << 2;
  }
}

/** Four channels of a row; taps in threes, side by side. */
function slideRow(
  x: usize,
  weights: usize,
  start: v128,
  y: usize,
  taps: usize,
  end: usize,
  width: usize,
  columnStep: i32,
  columns: i32,
  pixel: usize,
  lanes: i32,
  ending: i32,
): void {
  const x1 = <usize>columnStep;
  for (let c = 0; c < columns; c += 4) {
    const last = columns - 1 - c;
    const x3 = <usize>min(3, last + 2) * x1;
    const x4 = <usize>min(4, last + 2) * x1;
    const x5 = <usize>min(5, last + 2) * x1;
    let s0 = start;
    let s1 = start;
    let s2 = start;
    let s3 = start;
    let weight = weights;
    for (let tap = taps; tap < end; tap += 3 * TAP) {
      const p = x + <usize>load<u32>(tap);
      const w0 = v128.load(weight);
      const w1 = v128.load(weight + width);
      const w2 = v128.load(weight + 2 * width);
      const v0 = v128.load(p);
      const v1 = v128.load(p + x1);
      const v2 = v128.load(p + 2 * x1);
      const v3 = v128.load(p + x3);
      const v4 = v128.load(p + x4);
      const v5 = v128.load(p + x5);
      s0 = fma(v2, w2, fma(v1, w1, fma(v0, w0, s0)));
      s1 = fma(v3, w2, fma(v2, w1, fma(v1, w0, s1)));
      s2 = fma(v4, w2, fma(v3, w1, fma(v2, w0, s2)));
      s3 = fma(v5, w2, fma(v4, w1, fma(v3, w0, s3)));
      weight += 3 * width;
    }
    storeFour(y, pixel, s0, s1, s2, s3, last, lanes, ending);
    x += x1 << 2;
    y += pixel << 2;
  }
}

/**
 * gw[i, tap] += Σ over positions of gy[r, c, i] · x at (r, c)[tap, i]. Row by row; `slides`: see `depthwiseForward`.
 *
 * @param sums memory for the sums, `[tap][channel]` as in a packed weight
 */
export function depthwiseWeightGradient(
  x: usize,
  gy: usize,
  gWeight: usize,
  sums: usize,
  taps: usize,
  tapCount: i32,
  rowStep: i32,
  columnStep: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  kernelStep: i32,
  slides: i32,
): void {
  const width = <usize>((channels + 3) & ~3) << 2;
  memory.fill(sums, 0, <usize>tapCount * width);
  const line = <usize>columns * (<usize>channels << 2);
  for (let r = 0; r < rows; r++) {
    for (let channel = 0; channel < channels; channel += 4) {
      const at = <usize>channel << 2;
      if (slides) slideProducts(x + at, gy + at, sums + at, taps, tapCount, width, columnStep, columns, channels);
      else gatherProducts(x + at, gy + at, sums + at, taps, tapCount, width, columnStep, columns, channels);
    }
    x += <usize>rowStep;
    gy += line;
  }
  for (let tap = 0; tap < tapCount; tap++) {
    const to = gWeight + <usize>load<u32>(taps + <usize>tap * TAP, 4);
    for (let channel = 0; channel < channels; channel += 4) {
      const at = <usize>channel << 2;
      const sum = v128.load(sums + <usize>tap * width + at);
      addLanesApart(to + at * <usize>kernelStep, sum, min(4, channels - channel), kernelStep);
    }
  }
}

/** Adds the products of a row, for four channels; any taps, four at a time. */
function gatherProducts(
  x: usize,
  gy: usize,
  sums: usize,
  taps: usize,
  tapCount: i32,
  width: usize,
  columnStep: i32,
  columns: i32,
  channels: i32,
): void {
  for (let tap = 0; tap < tapCount; tap += 4) {
    // Taps past the last one repeat it and are not stored.
    const last = tapCount - 1 - tap;
    const row = taps + <usize>tap * TAP;
    const x0 = load<u32>(row);
    const x1 = <usize>(load<u32>(row + <usize>min(1, last) * TAP) - x0);
    const x2 = <usize>(load<u32>(row + <usize>min(2, last) * TAP) - x0);
    const x3 = <usize>(load<u32>(row + <usize>min(3, last) * TAP) - x0);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let p = x + <usize>x0;
    let g = gy;
    for (let c = 0; c < columns; c++) {
      const v = v128.load(g);
      s0 = fma(v128.load(p), v, s0);
      s1 = fma(v128.load(p + x1), v, s1);
      s2 = fma(v128.load(p + x2), v, s2);
      s3 = fma(v128.load(p + x3), v, s3);
      p += <usize>columnStep;
      g += <usize>channels << 2;
    }
    addVector(sums, s0);
    if (last > 0) addVector(sums + width, s1);
    if (last > 1) addVector(sums + 2 * width, s2);
    if (last > 2) addVector(sums + 3 * width, s3);
    sums += 4 * width;
  }
}

/** The same with taps in threes, side by side. Two positions at a time: sums of one would wait for each other. */
function slideProducts(
  x: usize,
  gy: usize,
  sums: usize,
  taps: usize,
  tapCount: i32,
  width: usize,
  columnStep: i32,
  columns: i32,
  channels: i32,
): void {
  const x1 = <usize>columnStep;
  const pixel = <usize>channels << 2;
  const end = taps + <usize>tapCount * TAP;
  for (let row = taps; row < end; row += 3 * TAP) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let t0 = s0;
    let t1 = s0;
    let t2 = s0;
    let p = x + <usize>load<u32>(row);
    let g = gy;
    for (let c = 0; c < columns >> 1; c++) {
      const g0 = v128.load(g);
      const g1 = v128.load(g + pixel);
      const v0 = v128.load(p);
      const v1 = v128.load(p + x1);
      const v2 = v128.load(p + 2 * x1);
      const v3 = v128.load(p + 3 * x1);
      s0 = fma(v0, g0, s0);
      t0 = fma(v1, g1, t0);
      s1 = fma(v1, g0, s1);
      t1 = fma(v2, g1, t1);
      s2 = fma(v2, g0, s2);
      t2 = fma(v3, g1, t2);
      p += 2 * x1;
      g += 2 * pixel;
    }
    if (columns & 1) {
      const g0 = v128.load(g);
      s0 = fma(v128.load(p), g0, s0);
      s1 = fma(v128.load(p + x1), g0, s1);
      s2 = fma(v128.load(p + 2 * x1), g0, s2);
    }
    addVector(sums, f32x4.add(s0, t0));
    addVector(sums + width, f32x4.add(s1, t1));
    addVector(sums + 2 * width, f32x4.add(s2, t2));
    sums += 3 * width;
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
