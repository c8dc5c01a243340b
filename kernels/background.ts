// What a convolution of an image of one channel need not compute: taps that see only background. With a
// constant b taken off the image, Σ w·x = b·Σ w + Σ w·(x − b), and of the last sum a pooling window takes only
// those taps of the kernel that see foreground, i.e. a pixel other than b, at one of its four places.
//
// Memory: the image without its background; a mask of the foreground of each row, a bit a pixel (so at most
// 64); the byte offset of each tap's first pixel; for each number of taps the first of the windows that have as
// many; the windows.

import { fma } from "./simd";

const MASK: usize = 8;

/** Pixels whose masks are made at once. */
const WIDTH = 16;

/**
 * A window: the taps that see foreground, a bit each, row by row (so at most 8×8); the byte offset of its first
 * pixel; its row and column; the address of the next one with as many taps, or 0. Windows with as many come after
 * each other, as a processor guesses a loop's end well where it ended as late the last time.
 */
export const WINDOW: usize = 24;
export const WINDOW_CORNER: usize = 8;
export const WINDOW_ROW: usize = 12;
export const WINDOW_COLUMN: usize = 14;
export const WINDOW_NEXT: usize = 16;

/** Fills the memory. The image has at most 64 rows, and 16 to 64 columns; the kernel 2 to 8. */
export function findForeground(
  background: usize, x: usize, constant: f32, rows: i32, columns: i32, kernel: i32,
): void {
  const masks = background + (<usize>(rows * columns) << 2);
  takeOff(background, x, constant, masks, rows, columns);
  spread(masks, rows);
  listOffsets(offsetsOf(background, rows, columns), columns, kernel);
  const firsts = firstsOf(background, rows, columns, kernel);
  listWindows(firsts, windowsOf(background, rows, columns, kernel), masks, rows, columns, kernel);
}

/** Where the offsets of taps begin. */
@inline
export function offsetsOf(background: usize, rows: i32, columns: i32): usize {
  return background + (<usize>(rows * columns) << 2) + <usize>rows * MASK;
}

/** Where the first windows of each number of taps begin, from 0 to all of them. */
@inline
export function firstsOf(background: usize, rows: i32, columns: i32, kernel: i32): usize {
  return offsetsOf(background, rows, columns) + (<usize>(kernel * kernel) << 2);
}

/** Where the windows begin, column by column. */
@inline
export function windowsOf(background: usize, rows: i32, columns: i32, kernel: i32): usize {
  const end = firstsOf(background, rows, columns, kernel) + (<usize>(kernel * kernel + 1) << 2);
  return (end + 7) & -8;
}

/** Takes the background off, and marks what is left. */
function takeOff(to: usize, x: usize, constant: f32, masks: usize, rows: i32, columns: i32): void {
  const constants = f32x4.splat(constant);
  for (let r = 0; r < rows; r++) {
    let mask: u64 = 0;
    for (let c = 0; c < columns; c += WIDTH) {
      // The last ones may repeat some.
      const first = min(c, columns - WIDTH);
      const p = x + (<usize>first << 2);
      const q = to + (<usize>first << 2);
      const v0 = v128.load(p);
      const v1 = v128.load(p, 16);
      const v2 = v128.load(p, 32);
      const v3 = v128.load(p, 48);
      v128.store(q, f32x4.sub(v0, constants));
      v128.store(q, f32x4.sub(v1, constants), 16);
      v128.store(q, f32x4.sub(v2, constants), 32);
      v128.store(q, f32x4.sub(v3, constants), 48);
      const left = i16x8.narrow_i32x4_s(i32x4.ne(v0, constants), i32x4.ne(v1, constants));
      const right = i16x8.narrow_i32x4_s(i32x4.ne(v2, constants), i32x4.ne(v3, constants));
      mask |= <u64>i8x16.bitmask(i8x16.narrow_i16x8_s(left, right)) << first;
    }
    store<u64>(masks, mask);
    masks += MASK;
    x += <usize>columns << 2;
    to += <usize>columns << 2;
  }
}

/** A tap of a window sees two rows and two columns. */
function spread(masks: usize, rows: i32): void {
  const last = masks + <usize>(rows - 1) * MASK;
  for (; masks < last; masks += MASK) {
    const seen = load<u64>(masks) | load<u64>(masks, MASK);
    store<u64>(masks, seen | (seen >> 1));
  }
}

function listOffsets(to: usize, columns: i32, kernel: i32): void {
  for (let r = 0; r < kernel; r++) {
    for (let c = 0; c < kernel; c++) {
      store<u32>(to, <u32>((r * columns + c) << 2));
      to += 4;
    }
  }
}

function listWindows(
  firsts: usize, window: usize, masks: usize, rows: i32, columns: i32, kernel: i32,
): void {
  const windowRows = (rows - kernel + 1) >> 1;
  const windowColumns = (columns - kernel + 1) >> 1;
  const every: u64 = (<u64>1 << kernel) - 1;
  const penultimate = kernel * (kernel - 2);
  const taps = kernel * kernel;
  // A window's corner, row and column in one; and from one to the next window down.
  const down = (<u64>(2 * columns) << 2) | (<u64>1 << 32);
  memory.fill(firsts, 0, <usize>(taps + 1) << 2);
  for (let c = 0; c < windowColumns; c++) {
    const shift = 2 * c;
    let seen: u64 = 0;
    let mask = masks;
    let place = <u64>(shift << 2) | (<u64>c << 48);
    // The rows that the next window down shares with this one, two of its rows higher.
    for (let at = 2 * kernel; at < taps; at += kernel) {
      seen |= ((load<u64>(mask) >> shift) & every) << at;
      mask += MASK;
    }
    for (let r = 0; r < windowRows; r++) {
      seen >>= 2 * kernel;
      seen |= ((load<u64>(mask) >> shift) & every) << penultimate;
      seen |= ((load<u64>(mask, MASK) >> shift) & every) << (penultimate + kernel);
      mask += 2 * MASK;
      const first = firsts + (<usize>popcnt(seen) << 2);
      store<u64>(window, seen);
      store<u64>(window, place, WINDOW_CORNER);
      store<u32>(window, load<u32>(first), WINDOW_NEXT);
      store<u32>(first, <u32>window);
      place += down;
      window += WINDOW;
    }
  }
}

/** Biases of one vector of channels with what the background adds to every sum. */
export function addBackground(biases: v128, constant: f32, packed: usize, taps: i32, step: usize): v128 {
  let sum = f32x4.splat(0);
  const end = packed + <usize>taps * step;
  for (let w = packed; w < end; w += step) sum = f32x4.add(sum, v128.load(w));
  return fma(f32x4.splat(constant), sum, biases);
}
