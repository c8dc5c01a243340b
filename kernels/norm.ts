// Normalisation of channels with a mean and a scale each: the part that batch norm and group norm share. Maps are
// channels-last: a vector has four channels of one position. Lists of values per channel are padded to whole vectors;
// what lies in the padding is not defined.

import { fma, storeLanes } from "./simd";

/** Bytes of a list with one float32 per channel. */
@inline
export function listBytes(channels: i32): usize {
  return <usize>((channels + 3) & ~3) << 2;
}

/** Per channel the mean over the positions, then the sums of squared deviations from it. */
export function channelMoments(x: usize, moments: usize, positions: i32, channels: i32): void {
  const squares = moments + listBytes(channels);
  const stride = <usize>channels << 2;
  const end = x + <usize>positions * stride;
  let c = 0;
  for (; c + 16 <= channels; c += 16) {
    const at = <usize>c << 2;
    moments16(x + at, end, stride, moments + at, squares + at, positions);
  }
  for (; c < channels; c += 4) {
    const at = <usize>c << 2;
    moments4(x + at, stride, moments + at, squares + at, positions);
  }
}

/** The moments of 16 channels. */
function moments16(x: usize, end: usize, stride: usize, means: usize, squares: usize, positions: i32): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (let at = x; at < end; at += stride) {
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32));
    d = f32x4.add(d, v128.load(at, 48));
  }
  const count = f32x4.splat(<f32>positions);
  a = f32x4.div(a, count);
  b = f32x4.div(b, count);
  c = f32x4.div(c, count);
  d = f32x4.div(d, count);
  v128.store(means, a);
  v128.store(means, b, 16);
  v128.store(means, c, 32);
  v128.store(means, d, 48);
  let aa = f32x4.splat(0);
  let bb = f32x4.splat(0);
  let cc = f32x4.splat(0);
  let dd = f32x4.splat(0);
  for (let at = x; at < end; at += stride) {
    aa = addSquare(aa, f32x4.sub(v128.load(at), a));
    bb = addSquare(bb, f32x4.sub(v128.load(at, 16), b));
    cc = addSquare(cc, f32x4.sub(v128.load(at, 32), c));
    dd = addSquare(dd, f32x4.sub(v128.load(at, 48), d));
  }
  v128.store(squares, aa);
  v128.store(squares, bb, 16);
  v128.store(squares, cc, 32);
  v128.store(squares, dd, 48);
}

@inline
function addSquare(sum: v128, v: v128): v128 {
  return fma(v, v, sum);
}

/** The moments of 4 channels, 4 positions at once. */
function moments4(x: usize, stride: usize, means: usize, squares: usize, positions: i32): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let at = x;
  let left = positions;
  for (; left >= 4; left -= 4) {
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at + stride));
    c = f32x4.add(c, v128.load(at + 2 * stride));
    d = f32x4.add(d, v128.load(at + 3 * stride));
    at += 4 * stride;
  }
  for (; left > 0; left--) {
    a = f32x4.add(a, v128.load(at));
    at += stride;
  }
  const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  const mean = f32x4.div(sum, f32x4.splat(<f32>positions));
  v128.store(means, mean);
  a = f32x4.splat(0);
  b = f32x4.splat(0);
  c = f32x4.splat(0);
  d = f32x4.splat(0);
  at = x;
  left = positions;
  for (; left >= 4; left -= 4) {
    a = addSquare(a, f32x4.sub(v128.load(at), mean));
    b = addSquare(b, f32x4.sub(v128.load(at + stride), mean));
    c = addSquare(c, f32x4.sub(v128.load(at + 2 * stride), mean));
    d = addSquare(d, f32x4.sub(v128.load(at + 3 * stride), mean));
    at += 4 * stride;
  }
  for (; left > 0; left--) {
    a = addSquare(a, f32x4.sub(v128.load(at), mean));
    at += stride;
  }
  v128.store(squares, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/**
 * y = (x − mean) · scale + bias, or ReLU of it. `statistics`: three lists, the means, the scales, and 1 / σ.
 *
 * @param bias 0 for none
 */
export function normForward(
  x: usize,
  statistics: usize,
  bias: usize,
  y: usize,
  positions: i32,
  channels: i32,
  relu: i32,
): void {
  const scales = statistics + listBytes(channels);
  const stride = <usize>channels << 2;
  const bytes = <usize>positions * stride;
  // NaN stays NaN, as in reluForward. No value is below −∞.
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const at = <usize>c << 2;
    const m0 = v128.load(statistics + at);
    const m1 = v128.load(statistics + at, 16);
    const s0 = v128.load(scales + at);
    const s1 = v128.load(scales + at, 16);
    const b0 = bias ? v128.load(bias + at) : f32x4.splat(0);
    const b1 = bias ? v128.load(bias + at, 16) : f32x4.splat(0);
    for (let i = at; i < bytes; i += stride) {
      const y0 = fma(f32x4.sub(v128.load(x + i), m0), s0, b0);
      const y1 = fma(f32x4.sub(v128.load(x + i, 16), m1), s1, b1);
      v128.store(y + i, f32x4.pmax(y0, floor));
      v128.store(y + i, f32x4.pmax(y1, floor), 16);
    }
  }
  for (; c < channels; c += 4) {
    const at = <usize>c << 2;
    const m = v128.load(statistics + at);
    const s = v128.load(scales + at);
    const b = bias ? v128.load(bias + at) : f32x4.splat(0);
    for (let i = at; i < bytes; i += stride) {
      const v = fma(f32x4.sub(v128.load(x + i), m), s, b);
      storeLanes(y + i, f32x4.pmax(v, floor), channels - c);
    }
  }
}

/** The gradient with respect to the normalised value: that of y, where ReLU lets it pass. */
@inline
function passed(gy: usize, y: usize, relu: bool): v128 {
  const g = v128.load(gy);
  return relu ? v128.and(g, f32x4.gt(v128.load(y), f32x4.splat(0))) : g;
}

/**
 * Per channel the sum of g over the positions, then the sums of g · x̂, where x̂ = (x − mean) / σ.
 *
 * @param y the output, if it is ReLU's; else 0
 */
export function normSums(
  x: usize,
  gy: usize,
  y: usize,
  statistics: usize,
  sums: usize,
  positions: i32,
  channels: i32,
): void {
  if (y) sumsOf(x, gy, y, statistics, sums, positions, channels, true);
  else sumsOf(x, gy, y, statistics, sums, positions, channels, false);
}

@inline
function sumsOf(
  x: usize,
  gy: usize,
  y: usize,
  statistics: usize,
  sums: usize,
  positions: i32,
  channels: i32,
  relu: bool,
): void {
  const list = listBytes(channels);
  const inverses = statistics + 2 * list;
  const products = sums + list;
  const stride = <usize>channels << 2;
  const bytes = <usize>positions * stride;
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const at = <usize>c << 2;
    const m0 = v128.load(statistics + at);
    const m1 = v128.load(statistics + at, 16);
    let g0 = f32x4.splat(0);
    let g1 = f32x4.splat(0);
    let p0 = f32x4.splat(0);
    let p1 = f32x4.splat(0);
    for (let i = at; i < bytes; i += stride) {
      const a = passed(gy + i, y + i, relu);
      g0 = f32x4.add(g0, a);
      p0 = fma(a, f32x4.sub(v128.load(x + i), m0), p0);
      const b = passed(gy + i + 16, y + i + 16, relu);
      g1 = f32x4.add(g1, b);
      p1 = fma(b, f32x4.sub(v128.load(x + i, 16), m1), p1);
    }
    v128.store(sums + at, g0);
    v128.store(sums + at, g1, 16);
    v128.store(products + at, f32x4.mul(p0, v128.load(inverses + at)));
    v128.store(products + at, f32x4.mul(p1, v128.load(inverses + at, 16)), 16);
  }
  for (; c < channels; c += 4) {
    const at = <usize>c << 2;
    const m = v128.load(statistics + at);
    let g = f32x4.splat(0);
    let p = f32x4.splat(0);
    for (let i = at; i < bytes; i += stride) {
      const a = passed(gy + i, y + i, relu);
      g = f32x4.add(g, a);
      p = fma(a, f32x4.sub(v128.load(x + i), m), p);
    }
    v128.store(sums + at, g);
    v128.store(products + at, f32x4.mul(p, v128.load(inverses + at)));
  }
}

/**
 * gx += scale · g − b − (x − mean) · d. `coefficients`: two lists, b and d.
 *
 * @param y the output, if it is ReLU's; else 0
 */
export function normBackward(
  x: usize,
  gy: usize,
  y: usize,
  statistics: usize,
  coefficients: usize,
  gx: usize,
  positions: i32,
  channels: i32,
): void {
  if (y) backwardOf(x, gy, y, statistics, coefficients, gx, positions, channels, true);
  else backwardOf(x, gy, y, statistics, coefficients, gx, positions, channels, false);
}

@inline
function backwardOf(
  x: usize,
  gy: usize,
  y: usize,
  statistics: usize,
  coefficients: usize,
  gx: usize,
  positions: i32,
  channels: i32,
  relu: bool,
): void {
  const list = listBytes(channels);
  const stride = <usize>channels << 2;
  const bytes = <usize>positions * stride;
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const at = <usize>c << 2;
    const m0 = v128.load(statistics + at);
    const m1 = v128.load(statistics + at, 16);
    const s0 = v128.load(statistics + list + at);
    const s1 = v128.load(statistics + list + at, 16);
    const b0 = v128.load(coefficients + at);
    const b1 = v128.load(coefficients + at, 16);
    const d0 = v128.load(coefficients + list + at);
    const d1 = v128.load(coefficients + list + at, 16);
    for (let i = at; i < bytes; i += stride) {
      const r0 = fma(f32x4.sub(v128.load(x + i), m0), d0, b0);
      const g0 = fma(s0, passed(gy + i, y + i, relu), v128.load(gx + i));
      v128.store(gx + i, f32x4.sub(g0, r0));
      const r1 = fma(f32x4.sub(v128.load(x + i, 16), m1), d1, b1);
      const g1 = fma(s1, passed(gy + i + 16, y + i + 16, relu), v128.load(gx + i, 16));
      v128.store(gx + i, f32x4.sub(g1, r1), 16);
    }
  }
  for (; c < channels; c += 4) {
    const at = <usize>c << 2;
    const m = v128.load(statistics + at);
    const s = v128.load(statistics + list + at);
    const b = v128.load(coefficients + at);
    const d = v128.load(coefficients + list + at);
    for (let i = at; i < bytes; i += stride) {
      const r = fma(f32x4.sub(v128.load(x + i), m), d, b);
      const g = fma(s, passed(gy + i, y + i, relu), v128.load(gx + i));
      storeLanes(gx + i, f32x4.sub(g, r), channels - c);
    }
  }
}
