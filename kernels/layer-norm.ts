// Layer norm over the channels of each position. Channels-last: the values of a position lie side by side. Several
// positions are computed at once, so that no sum waits for another, and their roots and quotients take one instruction.

import { addLanes, firstLanes, fma, highLanes, highPairs, lowLanes, lowPairs, storeLanes, sum4 } from "./simd";

/** The sums of the four lanes of a, b, c and d. */
@inline
function sums4(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = f32x4.add(lowLanes(a, b), highLanes(a, b));
  const high = f32x4.add(lowLanes(c, d), highLanes(c, d));
  return f32x4.add(lowPairs(low, high), highPairs(low, high));
}

@inline
function lane0(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 0, 0, 0, 0);
}

@inline
function lane1(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 1, 1, 1, 1);
}

@inline
function lane2(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 2, 2, 2, 2);
}

@inline
function lane3(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 3, 3, 3, 3);
}

@inline
function addSquare(sum: v128, v: v128): v128 {
  return fma(v, v, sum);
}

/**
 * y = (x − mean) / σ · weight + bias, with σ² = variance + eps over a position's channels. `moments`: per position the
 * mean and 1 / σ.
 *
 * @param weight and bias: 0 for none
 */
export function layerNormForward(
  x: usize,
  weight: usize,
  bias: usize,
  y: usize,
  moments: usize,
  positions: i32,
  channels: i32,
  eps: f32,
): void {
  const stride = <usize>channels << 2;
  let position = 0;
  for (; position + 4 <= positions; position += 4) {
    fourPositions(x, weight, bias, y, moments, channels, eps);
    x += 4 * stride;
    y += 4 * stride;
    moments += 32;
  }
  for (; position < positions; position++) {
    onePosition(x, weight, bias, y, moments, channels, eps);
    x += stride;
    y += stride;
    moments += 8;
  }
}

function fourPositions(
  x: usize,
  weight: usize,
  bias: usize,
  y: usize,
  moments: usize,
  channels: i32,
  eps: f32,
): void {
  const stride = <usize>channels << 2;
  const whole = <usize>(channels & ~3) << 2;
  const rest = channels & 3;
  const count = f32x4.splat(<f32>channels);
  const last = firstLanes(rest);
  const x1 = x + stride;
  const x2 = x1 + stride;
  const x3 = x2 + stride;
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (let at: usize = 0; at < whole; at += 16) {
    a = f32x4.add(a, v128.load(x + at));
    b = f32x4.add(b, v128.load(x1 + at));
    c = f32x4.add(c, v128.load(x2 + at));
    d = f32x4.add(d, v128.load(x3 + at));
  }
  if (rest) {
    a = f32x4.add(a, v128.and(v128.load(x + whole), last));
    b = f32x4.add(b, v128.and(v128.load(x1 + whole), last));
    c = f32x4.add(c, v128.and(v128.load(x2 + whole), last));
    d = f32x4.add(d, v128.and(v128.load(x3 + whole), last));
  }
  const means = f32x4.div(sums4(a, b, c, d), count);
  const m0 = lane0(means);
  const m1 = lane1(means);
  const m2 = lane2(means);
  const m3 = lane3(means);
  a = f32x4.splat(0);
  b = f32x4.splat(0);
  c = f32x4.splat(0);
  d = f32x4.splat(0);
  for (let at: usize = 0; at < whole; at += 16) {
    a = addSquare(a, f32x4.sub(v128.load(x + at), m0));
    b = addSquare(b, f32x4.sub(v128.load(x1 + at), m1));
    c = addSquare(c, f32x4.sub(v128.load(x2 + at), m2));
    d = addSquare(d, f32x4.sub(v128.load(x3 + at), m3));
  }
  if (rest) {
    a = addSquare(a, v128.and(f32x4.sub(v128.load(x + whole), m0), last));
    b = addSquare(b, v128.and(f32x4.sub(v128.load(x1 + whole), m1), last));
    c = addSquare(c, v128.and(f32x4.sub(v128.load(x2 + whole), m2), last));
    d = addSquare(d, v128.and(f32x4.sub(v128.load(x3 + whole), m3), last));
  }
  const variances = f32x4.div(sums4(a, b, c, d), count);
  const deviations = f32x4.sqrt(f32x4.add(variances, f32x4.splat(eps)));
  const inverses = f32x4.div(f32x4.splat(1), deviations);
  v128.store(moments, lowLanes(means, inverses));
  v128.store(moments, highLanes(means, inverses), 16);
  writeTwo(x, m0, lane0(inverses), m1, lane1(inverses), weight, bias, y, channels);
  writeTwo(x2, m2, lane2(inverses), m3, lane3(inverses), weight, bias, y + 2 * stride, channels);
}

/** The results of two neighbouring positions. */
@inline
function writeTwo(
  x: usize,
  m0: v128,
  s0: v128,
  m1: v128,
  s1: v128,
  weight: usize,
  bias: usize,
  y: usize,
  channels: i32,
): void {
  const stride = <usize>channels << 2;
  const whole = <usize>(channels & ~3) << 2;
  for (let at: usize = 0; at < whole; at += 16) {
    let v0 = f32x4.mul(f32x4.sub(v128.load(x + at), m0), s0);
    let v1 = f32x4.mul(f32x4.sub(v128.load(x + stride + at), m1), s1);
    if (weight) {
      const w = v128.load(weight + at);
      const b = v128.load(bias + at);
      v0 = fma(v0, w, b);
      v1 = fma(v1, w, b);
    }
    v128.store(y + at, v0);
    v128.store(y + stride + at, v1);
  }
  const rest = channels & 3;
  if (rest == 0) return;
  writeRest(x + whole, m0, s0, weight, bias, y + whole, whole, rest);
  writeRest(x + stride + whole, m1, s1, weight, bias, y + stride + whole, whole, rest);
}

/** The results of the last channels, fewer than four. */
@inline
function writeRest(
  x: usize,
  mean: v128,
  inverse: v128,
  weight: usize,
  bias: usize,
  y: usize,
  at: usize,
  count: i32,
): void {
  let v = f32x4.mul(f32x4.sub(v128.load(x), mean), inverse);
  if (weight) v = fma(v, v128.load(weight + at), v128.load(bias + at));
  storeLanes(y, v, count);
}

function onePosition(
  x: usize,
  weight: usize,
  bias: usize,
  y: usize,
  moments: usize,
  channels: i32,
  eps: f32,
): void {
  let sum = f32x4.splat(0);
  for (let c = 0; c < channels; c += 4) {
    sum = f32x4.add(sum, v128.and(v128.load(x + (<usize>c << 2)), firstLanes(channels - c)));
  }
  const mean = f32x4.splat(sum4(sum) / <f32>channels);
  let squares = f32x4.splat(0);
  for (let c = 0; c < channels; c += 4) {
    const distance = f32x4.sub(v128.load(x + (<usize>c << 2)), mean);
    squares = addSquare(squares, v128.and(distance, firstLanes(channels - c)));
  }
  const inverse = f32x4.splat(1 / Mathf.sqrt(sum4(squares) / <f32>channels + eps));
  v128.store_lane<f32>(moments, mean, 0);
  v128.store_lane<f32>(moments, inverse, 0, 4);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    writeRest(x + at, mean, inverse, weight, bias, y + at, at, channels - c);
  }
}

/**
 * With h = weight · g and x̂ = (x − mean) / σ: gx += (h − mean(h) − x̂ · mean(h · x̂)) / σ, gWeight += g · x̂, gBias += g.
 *
 * @param weight and its gradient and that of the bias: 0 for none
 * @param gx 0 where nobody needs it
 */
export function layerNormBackward(
  x: usize,
  gy: usize,
  weight: usize,
  moments: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  positions: i32,
  channels: i32,
): void {
  const stride = <usize>channels << 2;
  let position = 0;
  if ((channels & 3) == 0 && weight) {
    for (; position + 2 <= positions; position += 2) {
      twoBackward(x, gy, weight, moments, gWeight, gBias, gx, channels);
      x += 2 * stride;
      gy += 2 * stride;
      if (gx) gx += 2 * stride;
      moments += 16;
    }
  }
  for (; position < positions; position++) {
    oneBackward(x, gy, weight, moments, gWeight, gBias, gx, channels);
    x += stride;
    gy += stride;
    if (gx) gx += stride;
    moments += 8;
  }
}

/** Two neighbouring positions of whole vectors, with a weight. */
function twoBackward(
  x: usize,
  gy: usize,
  weight: usize,
  moments: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  channels: i32,
): void {
  const stride = <usize>channels << 2;
  const m0 = v128.load_splat<f32>(moments);
  const s0 = v128.load_splat<f32>(moments, 4);
  const m1 = v128.load_splat<f32>(moments, 8);
  const s1 = v128.load_splat<f32>(moments, 12);
  let h0 = f32x4.splat(0);
  let h1 = f32x4.splat(0);
  let p0 = f32x4.splat(0);
  let p1 = f32x4.splat(0);
  for (let at: usize = 0; at < stride; at += 16) {
    const w = v128.load(weight + at);
    const g0 = v128.load(gy + at);
    const n0 = f32x4.mul(f32x4.sub(v128.load(x + at), m0), s0);
    const own0 = f32x4.mul(g0, w);
    h0 = f32x4.add(h0, own0);
    p0 = fma(own0, n0, p0);
    const g1 = v128.load(gy + stride + at);
    const n1 = f32x4.mul(f32x4.sub(v128.load(x + stride + at), m1), s1);
    const own1 = f32x4.mul(g1, w);
    h1 = f32x4.add(h1, own1);
    p1 = fma(own1, n1, p1);
    v128.store(gWeight + at, fma(g1, n1, fma(g0, n0, v128.load(gWeight + at))));
    v128.store(gBias + at, f32x4.add(v128.load(gBias + at), f32x4.add(g0, g1)));
  }
  if (gx == 0) return;
  const means = f32x4.div(sums4(h0, h1, p0, p1), f32x4.splat(<f32>channels));
  const h0mean = lane0(means);
  const h1mean = lane1(means);
  const p0mean = lane2(means);
  const p1mean = lane3(means);
  for (let at: usize = 0; at < stride; at += 16) {
    const w = v128.load(weight + at);
    const n0 = f32x4.mul(f32x4.sub(v128.load(x + at), m0), s0);
    const r0 = f32x4.sub(f32x4.sub(f32x4.mul(v128.load(gy + at), w), h0mean), f32x4.mul(n0, p0mean));
    v128.store(gx + at, fma(r0, s0, v128.load(gx + at)));
    const n1 = f32x4.mul(f32x4.sub(v128.load(x + stride + at), m1), s1);
    const r1 = f32x4.sub(
      f32x4.sub(f32x4.mul(v128.load(gy + stride + at), w), h1mean),
      f32x4.mul(n1, p1mean),
    );
    v128.store(gx + stride + at, fma(r1, s1, v128.load(gx + stride + at)));
  }
}

function oneBackward(
  x: usize,
  gy: usize,
  weight: usize,
  moments: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  channels: i32,
): void {
  const mean = v128.load_splat<f32>(moments);
  const inverse = v128.load_splat<f32>(moments, 4);
  let h = f32x4.splat(0);
  let p = f32x4.splat(0);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const mask = firstLanes(channels - c);
    const g = v128.and(v128.load(gy + at), mask);
    const normal = v128.and(f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse), mask);
    let own = g;
    if (weight) {
      addLanes(gWeight + at, f32x4.mul(g, normal), channels - c);
      addLanes(gBias + at, g, channels - c);
      own = f32x4.mul(g, v128.load(weight + at));
    }
    h = f32x4.add(h, own);
    p = fma(own, normal, p);
  }
  if (gx == 0) return;
  const meanH = f32x4.splat(sum4(h) / <f32>channels);
  const meanP = f32x4.splat(sum4(p) / <f32>channels);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const normal = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
    let own = v128.load(gy + at);
    if (weight) own = f32x4.mul(own, v128.load(weight + at));
    const rest = f32x4.sub(f32x4.sub(own, meanH), f32x4.mul(normal, meanP));
    addLanes(gx + at, f32x4.mul(rest, inverse), channels - c);
  }
}
