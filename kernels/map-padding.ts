// A map with zeros around it, and between its positions for the gradient of a convolution with a stride. The zeros are
// written once, as nothing else writes to that memory.

import { accumulate } from "./copy";

/**
 * Copies position (r, c) to (top + r · rowStride, left + c · columnStride) of a larger map; what lies outside is left
 * out. `top` and `left` may be negative.
 */
export function padMap(
  to: usize,
  x: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  toRows: i32,
  toColumns: i32,
  top: i32,
  left: i32,
  rowStride: i32,
  columnStride: i32,
): void {
  const pixel = <usize>channels << 2;
  const firstColumn = left < 0 ? (columnStride - 1 - left) / columnStride : 0;
  const columnEnd = min(columns, (toColumns - left + columnStride - 1) / columnStride);
  if (columnEnd <= firstColumn) return;
  for (let r = 0; r < rows; r++) {
    const toRow = top + r * rowStride;
    if (toRow < 0 || toRow >= toRows) continue;
    let from = x + <usize>(r * columns + firstColumn) * pixel;
    let at = to + <usize>(toRow * toColumns + left + firstColumn * columnStride) * pixel;
    if (columnStride == 1) {
      memory.copy(at, from, <usize>(columnEnd - firstColumn) * pixel);
      continue;
    }
    for (let c = firstColumn; c < columnEnd; c++) {
      memory.copy(at, from, pixel);
      from += pixel;
      at += <usize>columnStride * pixel;
    }
  }
}

/** Adds the inside of a larger map, as `padMap` has filled it without strides: x[r, c] += from[top + r, left + c]. */
export function addUnpadded(
  x: usize,
  from: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  fromColumns: i32,
  top: i32,
  left: i32,
): void {
  const pixel = <usize>channels << 2;
  for (let r = 0; r < rows; r++) {
    const row = from + <usize>((top + r) * fromColumns + left) * pixel;
    accumulate(x, row, columns * channels);
    x += <usize>columns * pixel;
  }
}
