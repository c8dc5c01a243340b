// Maps of another size. A table has for each row (then for each column) of the result the two rows of the map that it is
// between, and the weight of the second: three words. See src/graph/ops/interpolate.ts.

import { addVector, firstLanes, storeLanes } from "./simd";

const ENTRY = 12;

/** Writes the table of one axis from entry `first` on, once per step; `bilinear` 0 for the nearest row. */
export function interpolateTable(
  table: usize,
  first: i32,
  extent: i32,
  outExtent: i32,
  bilinear: i32,
  alignCorners: i32,
  step: f32,
): void {
  table += <usize>(first * ENTRY);
  for (let i = 0; i < outExtent; i++) {
    let position: f32 = <f32>i * step;
    if (bilinear && !alignCorners) position = step * (<f32>i + 0.5) - 0.5;
    if (!(position > 0)) position = 0;
    const row = min(<i32>position, extent - 1);
    store<i32>(table, row);
    store<i32>(table, min(row + 1, extent - 1), 4);
    store<f32>(table, bilinear ? position - <f32>row : 0, 8);
    table += ENTRY;
  }
}

/** y[r][c] = Σ over two rows and two columns of their weights · x */
export function interpolateForward(
  x: usize,
  y: usize,
  table: usize,
  rows: i32,
  columns: i32,
  inColumns: i32,
  channels: i32,
  bilinear: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>inColumns * pixel;
  const columnTable = table + <usize>(rows * ENTRY);
  for (let r = 0; r < rows; r++) {
    const upper = x + <usize>load<i32>(table) * line;
    const lower = x + <usize>load<i32>(table, 4) * line;
    const wy = v128.load_splat<f32>(table, 8);
    const uy = f32x4.sub(f32x4.splat(1), wy);
    let entry = columnTable;
    for (let c = 0; c < columns; c++) {
      const left = <usize>load<i32>(entry) * pixel;
      const right = <usize>load<i32>(entry, 4) * pixel;
      const wx = v128.load_splat<f32>(entry, 8);
      const ux = f32x4.sub(f32x4.splat(1), wx);
      for (let i = 0; i < channels; i += 4) {
        const at = <usize>i << 2;
        let value = v128.load(upper + left + at);
        if (bilinear) {
          const top = f32x4.add(f32x4.mul(ux, value), f32x4.mul(wx, v128.load(upper + right + at)));
          const bottom = f32x4.add(
            f32x4.mul(ux, v128.load(lower + left + at)),
            f32x4.mul(wx, v128.load(lower + right + at)),
          );
          value = f32x4.add(f32x4.mul(uy, top), f32x4.mul(wy, bottom));
        }
        storeLanes(y + at, value, channels - i);
      }
      y += pixel;
      entry += ENTRY;
    }
    table += ENTRY;
  }
}

/** gx += the same weights · gy */
export function interpolateBackward(
  gy: usize,
  gx: usize,
  table: usize,
  rows: i32,
  columns: i32,
  inColumns: i32,
  channels: i32,
  bilinear: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>inColumns * pixel;
  const columnTable = table + <usize>(rows * ENTRY);
  for (let r = 0; r < rows; r++) {
    const upper = gx + <usize>load<i32>(table) * line;
    const lower = gx + <usize>load<i32>(table, 4) * line;
    const wy = v128.load_splat<f32>(table, 8);
    const uy = f32x4.sub(f32x4.splat(1), wy);
    let entry = columnTable;
    for (let c = 0; c < columns; c++) {
      const left = <usize>load<i32>(entry) * pixel;
      const right = <usize>load<i32>(entry, 4) * pixel;
      const wx = v128.load_splat<f32>(entry, 8);
      const ux = f32x4.sub(f32x4.splat(1), wx);
      for (let i = 0; i < channels; i += 4) {
        const at = <usize>i << 2;
        const g = v128.and(v128.load(gy + at), firstLanes(channels - i));
        if (!bilinear) {
          addVector(upper + left + at, g);
          continue;
        }
        const top = f32x4.mul(uy, g);
        const bottom = f32x4.mul(wy, g);
        addVector(upper + left + at, f32x4.mul(ux, top));
        addVector(upper + right + at, f32x4.mul(wx, top));
        addVector(lower + left + at, f32x4.mul(ux, bottom));
        addVector(lower + right + at, f32x4.mul(wx, bottom));
      }
      gy += pixel;
      entry += ENTRY;
    }
    table += ENTRY;
  }
}
