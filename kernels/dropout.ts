import { Control } from "../src/engine/control";
import { control } from "./control";
import { philox } from "./philox";

/** y = x · mask; mask is 0 or `scale`. `slot` is the image's position in the batch. */
export function dropoutForward(
  x: usize,
  y: usize,
  mask: usize,
  count: i32,
  stream: u32,
  threshold: u32,
  scale: f32,
  step: u32,
  slot: i32,
  random: usize,
): void {
  const seed = <u32>control(Control.Seed);
  const first = <u32>(slot * count);
  const scaleBits = reinterpret<u32>(scale);
  let block: u32 = 0;
  for (let i = 0; i < count; i++) {
    const position = first + <u32>i;
    if (i == 0 || position >> 2 != block) {
      block = position >> 2;
      philox(random, seed, stream, step, block);
    }
    const keeps = load<u32>(random + <usize>((position & 3) << 2)) >= threshold;
    // By bits: V8 compiles a choice between floats to a branch, which random numbers make unpredictable.
    const m = reinterpret<f32>((0 - <u32>keeps) & scaleBits);
    const at = <usize>i << 2;
    store<f32>(mask + at, m);
    store<f32>(y + at, load<f32>(x + at) * m);
  }
}

/** gx += gy · mask */
export function dropoutBackward(gy: usize, mask: usize, gx: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    store<f32>(gx + i, load<f32>(gx + i) + load<f32>(gy + i) * load<f32>(mask + i));
  }
}

/** Lists the channels that are not dropped: their number, then their indices. */
export function dropout2dLive(
  live: usize,
  channels: i32,
  stream: u32,
  threshold: u32,
  step: u32,
  slot: i32,
  random: usize,
): void {
  const seed = <u32>control(Control.Seed);
  const first = <u32>(slot * channels);
  let count = 0;
  let block: u32 = 0;
  for (let c = 0; c < channels; c++) {
    const position = first + <u32>c;
    if (c == 0 || position >> 2 != block) {
      block = position >> 2;
      philox(random, seed, stream, step, block);
    }
    // Each index is written, and counted only if kept: a branch would be unpredictable.
    store<i32>(live + (<usize>(count + 1) << 2), c);
    count += <i32>(load<u32>(random + <usize>((position & 3) << 2)) >= threshold);
  }
  store<i32>(live, count);
}

/** y = x · scale in the channels of `live`, 0 in the others. */
export function dropout2dForward(
  x: usize,
  y: usize,
  live: usize,
  positions: i32,
  channels: i32,
  scale: f32,
): void {
  memory.fill(y, 0, <usize>(positions * channels) << 2);
  dropout2dBackward(x, live, y, positions, channels, scale);
}

/** gx += gy · scale in the channels of `live`. */
export function dropout2dBackward(
  gy: usize,
  live: usize,
  gx: usize,
  positions: i32,
  channels: i32,
  scale: f32,
): void {
  const count = load<i32>(live);
  for (let position = 0; position < positions; position++) {
    for (let i = 1; i <= count; i++) {
      const at = <usize>(position * channels + load<i32>(live + (<usize>i << 2))) << 2;
      store<f32>(gx + at, load<f32>(gx + at) + load<f32>(gy + at) * scale);
    }
  }
}
