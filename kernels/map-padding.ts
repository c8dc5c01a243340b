// A map with zeros around it. They are written once, as nothing else writes to that memory.

import { accumulate } from "./copy";

/**
 * Copies position (r, c) to (top + r, left + c) of a larger map; what lies outside is left out. `top` and `left` may be
 * negative.
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
): void {
  const pixel = <usize>channels << 2;
  const firstRow = max(0, -top);
  const rowEnd = min(rows, toRows - top);
  const firstColumn = max(0, -left);
  const columnEnd = min(columns, toColumns - left);
  if (columnEnd <= firstColumn) return;
  const bytes = <usize>(columnEnd - firstColumn) * pixel;
  for (let r = firstRow; r < rowEnd; r++) {
    const from = x + <usize>(r * columns + firstColumn) * pixel;
    memory.copy(to + <usize>((top + r) * toColumns + left + firstColumn) * pixel, from, bytes);
  }
}

/** Adds the inside of a larger map, as `padMap` has filled it: x[r, c] += from[top + r, left + c]. */
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
