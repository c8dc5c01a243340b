// Mean and maximum over the channels of each position.

import { addVector, firstLanes, sum4 } from "./simd";

/** y = Σ over the channels / channels */
export function channelMeanForward(x: usize, y: usize, positions: i32, channels: i32): void {
  const share: f32 = <f32>1 / <f32>channels;
  const row = <usize>channels << 2;
  const whole = <usize>(channels & ~3) << 2;
  const rest = firstLanes(channels & 3);
  for (let position = 0; position < positions; position++) {
    let sum = v128.and(v128.load(x + whole), rest);
    for (let i: usize = 0; i < whole; i += 16) sum = f32x4.add(sum, v128.load(x + i));
    store<f32>(y, sum4(sum) * share);
    x += row;
    y += 4;
  }
}

/** gx += gy / channels */
export function channelMeanBackward(gy: usize, gx: usize, positions: i32, channels: i32): void {
  const share: f32 = <f32>1 / <f32>channels;
  const row = <usize>channels << 2;
  const whole = <usize>(channels & ~3) << 2;
  const rest = firstLanes(channels & 3);
  for (let position = 0; position < positions; position++) {
    const g = f32x4.splat(load<f32>(gy) * share);
    for (let i: usize = 0; i < whole; i += 16) addVector(gx + i, g);
    if (whole < row) addVector(gx + whole, v128.and(g, rest));
    gx += row;
    gy += 4;
  }
}

/** y = max over the channels; NaN counts as the largest. */
export function channelMaxForward(x: usize, y: usize, positions: i32, channels: i32): void {
  const row = <usize>channels << 2;
  const whole = <usize>(channels & ~3) << 2;
  const rest = firstLanes(channels & 3);
  const lowest = f32x4.splat(-Infinity);
  for (let position = 0; position < positions; position++) {
    let most = v128.bitselect(v128.load(x + whole), lowest, rest);
    for (let i: usize = 0; i < whole; i += 16) most = f32x4.max(most, v128.load(x + i));
    const pairs = f32x4.max(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1));
    const all = f32x4.max(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2));
    store<f32>(y, f32x4.extract_lane(all, 0));
    x += row;
    y += 4;
  }
}

/** gx[first channel that is the maximum] += gy */
export function channelMaxBackward(
  x: usize,
  y: usize,
  gy: usize,
  gx: usize,
  positions: i32,
  channels: i32,
): void {
  const row = <usize>channels << 2;
  for (let position = 0; position < positions; position++) {
    const most = load<f32>(y);
    let at: usize = 0;
    // Where the maximum is NaN, the first NaN.
    while (load<f32>(x + at) != most && (most == most || load<f32>(x + at) == load<f32>(x + at))) at += 4;
    store<f32>(gx + at, load<f32>(gx + at) + load<f32>(gy));
    x += row;
    gx += row;
    y += 4;
    gy += 4;
  }
}
