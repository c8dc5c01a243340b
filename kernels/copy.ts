import { Control } from "../src/engine/control";
import { control } from "./control";
import { addLanes, storeLanes } from "./simd";

export function zero(to: usize, bytes: i32): void {
  memory.fill(to, 0, <usize>bytes);
}

export function copy(to: usize, from: usize, count: i32): void {
  memory.copy(to, from, <usize>count << 2);
}

/** Converts bytes of the data set to normalised float32 by a table; 16 zeros, frequent in backgrounds, at once. */
export function loadImage(to: usize, count: i32, image: usize): void {
  const table = <usize>control(Control.PixelTable);
  const tables = control(Control.PixelTables);
  if (tables > 1) {
    loadChannels(to, count, image, table, tables);
    return;
  }
  const zeros = v128.load_splat<f32>(table);
  let i: usize = 0;
  for (; i + 16 <= <usize>count; i += 16) {
    if (v128.any_true(v128.load(image + i))) {
      for (let j = i; j < i + 16; j++) loadPixel(to, image, table, j);
    } else {
      v128.store(to + (i << 2), zeros);
      v128.store(to + (i << 2), zeros, 16);
      v128.store(to + (i << 2), zeros, 32);
      v128.store(to + (i << 2), zeros, 48);
    }
  }
  for (; i < <usize>count; i++) loadPixel(to, image, table, i);
}

/** The same where each channel has a table of its own; images lie channels last. */
function loadChannels(to: usize, count: i32, image: usize, table: usize, channels: i32): void {
  for (let i: usize = 0; i < <usize>count; i += <usize>channels) {
    for (let channel: usize = 0; channel < <usize>channels; channel++) {
      loadPixel(to, image, table + (channel << 10), i + channel);
    }
  }
}

@inline
function loadPixel(to: usize, image: usize, table: usize, i: usize): void {
  store<f32>(to + (i << 2), load<f32>(table + (<usize>load<u8>(image + i) << 2)));
}

/** a += b */
export function accumulate(a: usize, b: usize, count: i32): void {
  const end = a + (<usize>count << 2);
  const vectors = a + (<usize>(count & ~3) << 2);
  while (a < vectors) {
    v128.store(a, f32x4.add(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  while (a < end) {
    store<f32>(a, load<f32>(a) + load<f32>(b));
    a += 4;
    b += 4;
  }
}

/** Copies rows of `count` values. Offsets, and strides from one row to the next, are in values. */
export function copyRows(
  to: usize,
  from: usize,
  rows: i32,
  count: i32,
  toOffset: i32,
  toStride: i32,
  fromOffset: i32,
  fromStride: i32,
): void {
  to += <usize>toOffset << 2;
  from += <usize>fromOffset << 2;
  const whole = <usize>(count & ~3) << 2;
  const bytes = <usize>count << 2;
  for (; rows > 0; rows--) {
    for (let i: usize = 0; i < whole; i += 16) v128.store(to + i, v128.load(from + i));
    for (let i = whole; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
    to += <usize>toStride << 2;
    from += <usize>fromStride << 2;
  }
}

/** The same, but adds. */
export function addToRows(
  to: usize,
  from: usize,
  rows: i32,
  count: i32,
  toOffset: i32,
  toStride: i32,
  fromOffset: i32,
  fromStride: i32,
): void {
  to += <usize>toOffset << 2;
  from += <usize>fromOffset << 2;
  for (; rows > 0; rows--) {
    accumulate(to, from, count);
    to += <usize>toStride << 2;
    from += <usize>fromStride << 2;
  }
}

/** y = a + b, or ReLU of it, of which NaN stays NaN. */
export function addForward(a: usize, b: usize, y: usize, count: i32, relu: i32): void {
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    const left = <i32>(((<usize>count << 2) - i) >> 2);
    storeLanes(y + i, f32x4.pmax(f32x4.add(v128.load(a + i), v128.load(b + i)), floor), left);
  }
}

/** ga += gy and gb += gy where y > 0; the gradient of `addForward` with ReLU. 0 for an operand that needs none. */
export function addReluBackward(y: usize, gy: usize, ga: usize, gb: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    const left = <i32>(((<usize>count << 2) - i) >> 2);
    const flows = v128.and(v128.load(gy + i), f32x4.gt(v128.load(y + i), zero));
    if (ga) addLanes(ga + i, flows, left);
    if (gb) addLanes(gb + i, flows, left);
  }
}

/** to[index] = value */
export function storeValue(to: usize, index: i32, value: f32): void {
  store<f32>(to + (<usize>index << 2), value);
}
