// Softmax over the channels of each position, and over the positions of each channel. NaN makes all of a softmax NaN.

import { exp4 } from "./exponential";
import { firstLanes, storeLanes, sum4 } from "./simd";

/** y = exp(x − max(x)) / Σ exp(x − max(x)) over `count` values. */
export function softmaxRow(x: usize, y: usize, count: i32): void {
  const whole = <usize>(count & ~3) << 2;
  const rest = firstLanes(count & 3);
  const hasRest = (count & 3) != 0;
  let most = f32x4.splat(-Infinity);
  for (let i: usize = 0; i < whole; i += 16) most = f32x4.max(most, v128.load(x + i));
  if (hasRest) most = f32x4.max(most, v128.bitselect(v128.load(x + whole), most, rest));
  most = f32x4.max(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1));
  most = f32x4.max(most, v128.shuffle<f32>(most, most, 1, 0, 3, 2));
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 16) {
    const e = exp4(f32x4.sub(v128.load(x + i), most));
    v128.store(y + i, e);
    sum = f32x4.add(sum, e);
  }
  let last = f32x4.splat(0);
  if (hasRest) {
    last = v128.and(exp4(f32x4.sub(v128.load(x + whole), most)), rest);
    sum = f32x4.add(sum, last);
  }
  const inverse = f32x4.splat(<f32>1 / sum4(sum));
  for (let i: usize = 0; i < whole; i += 16) v128.store(y + i, f32x4.mul(v128.load(y + i), inverse));
  if (hasRest) storeLanes(y + whole, f32x4.mul(last, inverse), count & 3);
}

/** Over the channels of each position. */
export function softmaxForward(x: usize, y: usize, positions: i32, channels: i32): void {
  const row = <usize>channels << 2;
  for (let position = 0; position < positions; position++) {
    softmaxRow(x, y, channels);
    x += row;
    y += row;
  }
}

/** gx += y · (gy − Σ gy · y), the sum over the channels. */
export function softmaxBackward(y: usize, gy: usize, gx: usize, positions: i32, channels: i32): void {
  const row = <usize>channels << 2;
  const whole = <usize>(channels & ~3) << 2;
  const rest = firstLanes(channels & 3);
  for (let position = 0; position < positions; position++) {
    let sum = v128.and(f32x4.mul(v128.load(y + whole), v128.load(gy + whole)), rest);
    for (let i: usize = 0; i < whole; i += 16) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(y + i), v128.load(gy + i)));
    }
    const mean = f32x4.splat(sum4(sum));
    for (let i = 0; i < channels; i += 4) {
      addGradient(y + (<usize>i << 2), gy + (<usize>i << 2), gx + (<usize>i << 2), mean, channels - i);
    }
    y += row;
    gy += row;
    gx += row;
  }
}

@inline
function addGradient(y: usize, gy: usize, gx: usize, mean: v128, count: i32): void {
  const g = f32x4.mul(v128.load(y), f32x4.sub(v128.load(gy), mean));
  storeLanes(gx, f32x4.add(v128.load(gx), g), count);
}

/** Over the positions of each channel; lanes hold channels. */
export function softmaxPositionsForward(x: usize, y: usize, positions: i32, channels: i32): void {
  const row = <usize>channels << 2;
  const end = <usize>positions * row;
  for (let i = 0; i < channels; i += 4) {
    const from = x + (<usize>i << 2);
    const to = y + (<usize>i << 2);
    let most = v128.load(from);
    for (let at = row; at < end; at += row) most = f32x4.max(most, v128.load(from + at));
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < end; at += row) {
      const e = exp4(f32x4.sub(v128.load(from + at), most));
      storeLanes(to + at, e, channels - i);
      sum = f32x4.add(sum, e);
    }
    const inverse = f32x4.div(f32x4.splat(1), sum);
    for (let at: usize = 0; at < end; at += row) {
      storeLanes(to + at, f32x4.mul(v128.load(to + at), inverse), channels - i);
    }
  }
}

/** gx += y · (gy − Σ gy · y), the sum over the positions. */
export function softmaxPositionsBackward(y: usize, gy: usize, gx: usize, positions: i32, channels: i32): void {
  const row = <usize>channels << 2;
  const end = <usize>positions * row;
  for (let i = 0; i < channels; i += 4) {
    const offset = <usize>i << 2;
    let sum = f32x4.splat(0);
    for (let at = offset; at < end; at += row) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(y + at), v128.load(gy + at)));
    }
    for (let at = offset; at < end; at += row) addGradient(y + at, gy + at, gx + at, sum, channels - i);
  }
}
