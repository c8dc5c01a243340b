// What a convolution of a one-channel image can skip: taps of the kernel that see only background, pixels of one
// value b. For any b, Σ w·x = b·Σ w + Σ w·(x − b). In the last sum a pooling window needs only the taps that see
// foreground, a pixel other than b, at one of the window's four positions.
//
// Memory, in this order: the image minus b; per row a mask of the foreground, one bit per pixel (so at most 64
// columns); per tap the byte offset of its first pixel; per number of taps, 0 to all, the first window that needs as
// many; the windows.

import { fma } from "./simd";

/** Bytes of a row's mask. */
const MASK: usize = 8;

/** Pixels that `subtractBackground` takes at once. */
const WIDTH = 16;

/**
 * Bytes of a window: the taps that see foreground, one bit per tap, row by row (so kernels of at most 8×8); the byte
 * offset of its first pixel; its row and column; the address of the next window with as many taps, or 0. Windows with
 * equally many taps are computed one after the other: the processor then predicts where the loop over taps ends.
 */
export const WINDOW: usize = 24;
export const WINDOW_CORNER: usize = 8;
export const WINDOW_ROW: usize = 12;
export const WINDOW_COLUMN: usize = 14;
export const WINDOW_NEXT: usize = 16;

/** Fills the memory described above. The image has at most 64 rows and 16 to 64 columns; the kernel has 2 to 8. */
export function findForeground(
  background: usize, x: usize, constant: f32, rows: i32, columns: i32, kernel: i32,
): void {
  const masks = background + (<usize>(rows * columns) << 2);
  subtractBackground(background, x, constant, masks, rows, columns);
  widenMasks(masks, rows);
  listOffsets(offsetsOf(background, rows, columns), columns, kernel);
  const firsts = firstsOf(background, rows, columns, kernel);
  listWindows(firsts, windowsOf(background, rows, columns, kernel), masks, rows, columns, kernel);
}

/** Address of the taps' offsets. */
@inline
export function offsetsOf(background: usize, rows: i32, columns: i32): usize {
  return background + (<usize>(rows * columns) << 2) + <usize>rows * MASK;
}

/** Address of the first windows, by number of taps. */
@inline
export function firstsOf(background: usize, rows: i32, columns: i32, kernel: i32): usize {
  return offsetsOf(background, rows, columns) + (<usize>(kernel * kernel) << 2);
}

/** Address of the windows, which lie column by column. */
@inline
export function windowsOf(background: usize, rows: i32, columns: i32, kernel: i32): usize {
  const end = firstsOf(background, rows, columns, kernel) + (<usize>(kernel * kernel + 1) << 2);
  return (end + 7) & -8;
}

/** to = x − background, and per row the mask of the pixels that are not 0 then. */
function subtractBackground(to: usize, x: usize, constant: f32, masks: usize, rows: i32, columns: i32): void {
  const constants = f32x4.splat(constant);
  for (let r = 0; r < rows; r++) {
    let mask: u64 = 0;
    for (let c = 0; c < columns; c += WIDTH) {
      // The last pixels may overlap those before.
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

/** Ors each bit with those of the pixels to the right and below: a tap of a pooling window sees 2×2 pixels. */
function widenMasks(masks: usize, rows: i32): void {
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
  // `position` is a window's corner, row and column in one word; `down` leads to the window below.
  const down = (<u64>(2 * columns) << 2) | (<u64>1 << 32);
  memory.fill(firsts, 0, <usize>(taps + 1) << 2);
  for (let c = 0; c < windowColumns; c++) {
    const shift = 2 * c;
    let seen: u64 = 0;
    let mask = masks;
    let position = <u64>(shift << 2) | (<u64>c << 48);
    // The first rows of bits, two rows too low: each window moves all rows up by two and appends two new ones.
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
      store<u64>(window, position, WINDOW_CORNER);
      store<u32>(window, load<u32>(first), WINDOW_NEXT);
      store<u32>(first, <u32>window);
      position += down;
      window += WINDOW;
    }
  }
}

/** bias + b · Σ w of one vector of channels: what the background adds to every sum. */
export function addBackground(biases: v128, constant: f32, packed: usize, taps: i32, step: usize): v128 {
  let sum = f32x4.splat(0);
  const end = packed + <usize>taps * step;
  for (let w = packed; w < end; w += step) sum = f32x4.add(sum, v128.load(w));
  return fma(f32x4.splat(constant), sum, biases);
}
