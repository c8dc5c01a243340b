// Layer norm over the channels of each position. Channels-last: the values of a position lie side by side.

import { firstLanes, fma, storeLanes, sum4 } from "./simd";

@inline
function addLanes(address: usize, v: v128, count: i32): void {
  storeLanes(address, f32x4.add(v128.load(address), v), count);
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
  const whole = <usize>(channels & ~3) << 2;
  const rest = channels & 3;
  const mask = firstLanes(rest);
  const count = <f32>channels;
  for (let position = 0; position < positions; position++) {
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) sum = f32x4.add(sum, v128.load(x + at));
    if (rest) sum = f32x4.add(sum, v128.and(v128.load(x + whole), mask));
    const mean = f32x4.splat(sum4(sum) / count);
    let squares = f32x4.splat(0);
    for (let at: usize = 0; at < whole; at += 16) {
      const distance = f32x4.sub(v128.load(x + at), mean);
      squares = fma(distance, distance, squares);
    }
    if (rest) {
      const distance = v128.and(f32x4.sub(v128.load(x + whole), mean), mask);
      squares = fma(distance, distance, squares);
    }
    const inverse = f32x4.splat(1 / Mathf.sqrt(sum4(squares) / count + eps));
    v128.store_lane<f32>(moments, mean, 0);
    v128.store_lane<f32>(moments, inverse, 0, 4);
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      let v = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
      if (weight) v = fma(v, v128.load(weight + at), v128.load(bias + at));
      storeLanes(y + at, v, channels - c);
    }
    x += stride;
    y += stride;
    moments += 8;
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
  const count = <f32>channels;
  for (let position = 0; position < positions; position++) {
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
    if (gx) {
      const meanH = f32x4.splat(sum4(h) / count);
      const meanP = f32x4.splat(sum4(p) / count);
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>c << 2;
        const normal = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
        let own = v128.load(gy + at);
        if (weight) own = f32x4.mul(own, v128.load(weight + at));
        const rest = f32x4.sub(f32x4.sub(own, meanH), f32x4.mul(normal, meanP));
        addLanes(gx + at, f32x4.mul(rest, inverse), channels - c);
      }
      gx += stride;
    }
    x += stride;
    gy += stride;
    moments += 8;
  }
}
