// Max-pooling, average pooling and ReLU on their own; after a convolution, conv-pool.ts computes 2×2 max-pooling and ReLU.
// Windows may overlap and reach past the map's edge; what is outside is left out. Lanes hold channels.

import { addVector, firstLanes, storeLanes } from "./simd";

/**
 * y = max over each window. `argmax`, if not 0, takes for each maximum the byte offset of its position, that of the first
 * of equal values. NaN counts as the largest, as in PyTorch.
 */
export function maxPoolForward(
  x: usize,
  y: usize,
  argmax: usize,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  rows: i32,
  columns: i32,
  kernelRows: i32,
  kernelColumns: i32,
  strideRows: i32,
  strideColumns: i32,
  paddingRows: i32,
  paddingColumns: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>inColumns * pixel;
  for (let r = 0; r < rows; r++) {
    const top = max(r * strideRows - paddingRows, 0);
    const bottom = min(r * strideRows - paddingRows + kernelRows, inRows);
    for (let c = 0; c < columns; c++) {
      const left = max(c * strideColumns - paddingColumns, 0);
      const right = min(c * strideColumns - paddingColumns + kernelColumns, inColumns);
      const corner = <usize>top * line + <usize>left * pixel;
      const height = bottom - top;
      const width = right - left;
      for (let i = 0; i < channels; i += 4) {
        const offset = <usize>i << 2;
        let best: v128;
        if (!argmax) best = largest(x + offset + corner, line, pixel, height, width);
        else if (height == 2 && width == 2) best = largestOfFour(x + offset, argmax + offset, corner, line, pixel, channels - i);
        else best = largestAt(x + offset, argmax + offset, corner, line, pixel, height, width, channels - i);
        storeLanes(y + offset, best, channels - i);
      }
      y += pixel;
      if (argmax) argmax += pixel;
    }
  }
}

/** The largest values of a window; NaN stays NaN. */
@inline
function largest(corner: usize, line: usize, pixel: usize, height: i32, width: i32): v128 {
  let best = v128.load(corner);
  for (let u = 0; u < height; u++) {
    let at = corner;
    for (let v = 0; v < width; v++) {
      best = f32x4.max(best, v128.load(at));
      at += pixel;
    }
    corner += line;
  }
  return best;
}

/** The same; stores their positions, as byte offsets from `x`. */
@inline
function largestAt(
  x: usize,
  argmax: usize,
  corner: usize,
  line: usize,
  pixel: usize,
  height: i32,
  width: i32,
  count: i32,
): v128 {
  let best = v128.load(x + corner);
  let position = i32x4.splat(<i32>corner);
  for (let u = 0; u < height; u++) {
    let at = corner;
    for (let v = 0; v < width; v++) {
      const value = v128.load(x + at);
      const isLarger = replaces(value, best);
      best = v128.bitselect(value, best, isLarger);
      position = v128.bitselect(i32x4.splat(<i32>at), position, isLarger);
      at += pixel;
    }
    corner += line;
  }
  storeLanes(argmax, position, count);
  return best;
}

/** Where `value` replaces `best`. NaN replaces what comes before it. */
@inline
function replaces(value: v128, best: v128): v128 {
  return v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
}

/** `largestAt` of 2×2 positions, without loops. */
@inline
function largestOfFour(x: usize, argmax: usize, corner: usize, line: usize, pixel: usize, count: i32): v128 {
  const first = v128.load(x + corner);
  const second = v128.load(x + corner + pixel);
  const third = v128.load(x + corner + line);
  const fourth = v128.load(x + corner + line + pixel);
  const right = i32x4.splat(<i32>pixel);
  const isSecond = replaces(second, first);
  const isFourth = replaces(fourth, third);
  const above = v128.bitselect(second, first, isSecond);
  const below = v128.bitselect(fourth, third, isFourth);
  // Of equal values the first counts, of NaN the last.
  const isBelow = replaces(below, above);
  const step = v128.bitselect(i32x4.add(v128.and(right, isFourth), i32x4.splat(<i32>line)), v128.and(right, isSecond), isBelow);
  storeLanes(argmax, i32x4.add(step, i32x4.splat(<i32>corner)), count);
  return v128.bitselect(below, above, isBelow);
}

/** gx[argmax of the window] += gy[window] */
export function maxPoolBackward(argmax: usize, gy: usize, gx: usize, windows: i32, channels: i32): void {
  const pixel = <usize>channels << 2;
  for (let window = 0; window < windows; window++) {
    for (let i: usize = 0; i < pixel; i += 4) {
      const at = gx + i + <usize>load<u32>(argmax + i);
      store<f32>(at, load<f32>(at) + load<f32>(gy + i));
    }
    argmax += pixel;
    gy += pixel;
  }
}

/** y = sum over each window / n; n is the window's size, or without `countIncludePad` its part inside the map. */
export function avgPoolForward(
  x: usize,
  y: usize,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  rows: i32,
  columns: i32,
  kernelRows: i32,
  kernelColumns: i32,
  strideRows: i32,
  strideColumns: i32,
  paddingRows: i32,
  paddingColumns: i32,
  countIncludePad: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>inColumns * pixel;
  for (let r = 0; r < rows; r++) {
    const top = max(r * strideRows - paddingRows, 0);
    const bottom = min(r * strideRows - paddingRows + kernelRows, inRows);
    for (let c = 0; c < columns; c++) {
      const left = max(c * strideColumns - paddingColumns, 0);
      const right = min(c * strideColumns - paddingColumns + kernelColumns, inColumns);
      const corner = x + <usize>top * line + <usize>left * pixel;
      const height = bottom - top;
      const width = right - left;
      const share = f32x4.splat(<f32>1 / <f32>(countIncludePad ? kernelRows * kernelColumns : height * width));
      let i = 0;
      // Four sums at a time: one alone would wait for each of its additions.
      for (; i + 16 <= channels; i += 16) {
        sumFour(corner + (<usize>i << 2), y + (<usize>i << 2), share, line, pixel, height, width);
      }
      for (; i < channels; i += 4) {
        const offset = <usize>i << 2;
        const sum = sumOne(corner + offset, line, pixel, height, width);
        storeLanes(y + offset, f32x4.mul(sum, share), channels - i);
      }
      y += pixel;
    }
  }
}

/** Sum of a window. */
@inline
function sumOne(corner: usize, line: usize, pixel: usize, height: i32, width: i32): v128 {
  let sum = f32x4.splat(0);
  for (let u = 0; u < height; u++) {
    let at = corner;
    for (let v = 0; v < width; v++) {
      sum = f32x4.add(sum, v128.load(at));
      at += pixel;
    }
    corner += line;
  }
  return sum;
}

/** The means of 16 channels. */
@inline
function sumFour(
  corner: usize,
  y: usize,
  share: v128,
  line: usize,
  pixel: usize,
  height: i32,
  width: i32,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let u = 0; u < height; u++) {
    let at = corner;
    for (let v = 0; v < width; v++) {
      s0 = f32x4.add(s0, v128.load(at));
      s1 = f32x4.add(s1, v128.load(at, 16));
      s2 = f32x4.add(s2, v128.load(at, 32));
      s3 = f32x4.add(s3, v128.load(at, 48));
      at += pixel;
    }
    corner += line;
  }
  v128.store(y, f32x4.mul(s0, share));
  v128.store(y, f32x4.mul(s1, share), 16);
  v128.store(y, f32x4.mul(s2, share), 32);
  v128.store(y, f32x4.mul(s3, share), 48);
}

/** gx[pixels of the window] += gy[window] / n */
export function avgPoolBackward(
  gy: usize,
  gx: usize,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  rows: i32,
  columns: i32,
  kernelRows: i32,
  kernelColumns: i32,
  strideRows: i32,
  strideColumns: i32,
  paddingRows: i32,
  paddingColumns: i32,
  countIncludePad: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>inColumns * pixel;
  for (let r = 0; r < rows; r++) {
    const top = max(r * strideRows - paddingRows, 0);
    const bottom = min(r * strideRows - paddingRows + kernelRows, inRows);
    for (let c = 0; c < columns; c++) {
      const left = max(c * strideColumns - paddingColumns, 0);
      const right = min(c * strideColumns - paddingColumns + kernelColumns, inColumns);
      const corner = gx + <usize>top * line + <usize>left * pixel;
      const height = bottom - top;
      const width = right - left;
      const share = f32x4.splat(<f32>1 / <f32>(countIncludePad ? kernelRows * kernelColumns : height * width));
      for (let i = 0; i < channels; i += 4) {
        const offset = <usize>i << 2;
        // Channels past the last one belong to the next position: they get 0.
        const g = v128.and(f32x4.mul(v128.load(gy + offset), share), firstLanes(channels - i));
        addToWindow(corner + offset, g, line, pixel, height, width);
      }
      gy += pixel;
    }
  }
}

@inline
function addToWindow(corner: usize, g: v128, line: usize, pixel: usize, height: i32, width: i32): void {
  for (let u = 0; u < height; u++) {
    let at = corner;
    for (let v = 0; v < width; v++) {
      addVector(at, g);
      at += pixel;
    }
    corner += line;
  }
}

/** y = max(x, 0) */
export function reluForward(x: usize, y: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    // With the operands in this order NaN stays NaN: a network that diverged shows it.
    storeLanes(y + at, f32x4.pmax(v128.load(x + at), zero), count - i);
  }
}

/** gx += gy where y > 0 */
export function reluBackward(y: usize, gy: usize, gx: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const flows = v128.and(v128.load(gy + at), f32x4.gt(v128.load(y + at), zero));
    storeLanes(gx + at, f32x4.add(v128.load(gx + at), flows), count - i);
  }
}

/** g = 0 where y > 0 is false: the gradient of ReLU in place. */
export function reluMask(y: usize, g: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    storeLanes(g + at, v128.and(v128.load(g + at), f32x4.gt(v128.load(y + at), zero)), count - i);
  }
}
