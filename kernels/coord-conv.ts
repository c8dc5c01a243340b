// What coordinate channels add to a convolution, without the channels themselves. A coordinate is linear in its index,
// coordinate(i) = scale · i − 1. So each position gets a value of its row plus a value of its column, and the gradients
// of the weights need only three sums per output channel: Σ g, Σ g · row, Σ g · column.

import { ENTRY } from "./conv-gradient";
import { addScalar, evenLanes, firstLanes, fma, oddLanes, sum4 } from "./simd";

/** `scale` of coordinate(i) = scale · i − 1: from −1 at the first to 1 at the last index; −1 if there is just one. */
@inline
function scaleOf(extent: i32): f32 {
  return extent == 1 ? 0 : <f32>2 / <f32>(extent - 1);
}

/**
 * Writes a table per output channel: R of each row, then C of each column. `weight` is [channel][row, column][u][v].
 */
export function coordTable(
  table: usize,
  weight: usize,
  inRows: i32,
  inColumns: i32,
  outChannels: i32,
  kernel: i32,
): void {
  const rows = inRows - kernel + 1;
  const columns = inColumns - kernel + 1;
  const plane = <usize>(kernel * kernel) << 2;
  const line = <usize>kernel << 2;
  const stride = <usize>((rows + columns + 3) & ~3) << 2;
  for (let channel = 0; channel < outChannels; channel++) {
    // R[r] = Σ_u coordinate(r + u) · Σ_v w[u, v]
    addProfile(table, rows, weight, line, 4, kernel, scaleOf(inRows));
    // C[c] = Σ_v coordinate(c + v) · Σ_u w[u, v]
    addProfile(table + (<usize>rows << 2), columns, weight + plane, 4, line, kernel, scaleOf(inColumns));
    table += stride;
    weight += 2 * plane;
  }
}

/** to[i] = Σ_a coordinate(i + a) · Σ_b w[a, b]; weights lie `stepA` and `stepB` bytes apart along a and b. */
function addProfile(
  to: usize, extent: i32, w: usize, stepA: usize, stepB: usize, kernel: i32, scale: f32,
): void {
  memory.fill(to, 0, <usize>extent << 2);
  for (let a = 0; a < kernel; a++) {
    let sum: f32 = 0;
    for (let b = 0; b < kernel; b++) sum += load<f32>(w + <usize>a * stepA + <usize>b * stepB);
    for (let i = 0; i < extent; i++) {
      addScalar(to + (<usize>i << 2), (scale * <f32>(i + a) - 1) * sum);
    }
  }
}

/**
 * The gradients of one output channel's coordinate weights, from the list of its gradients (conv-gradient.ts).
 *
 * dL/dw[row, u, v] = Σ g · coordinate(row + u) = scale · (Σ g · row + u · Σ g) − Σ g; the same with columns and v.
 */
export function addCoordGradient(
  gw: usize,
  list: usize,
  listEnd: usize,
  inRows: i32,
  inColumns: i32,
  inChannels: i32,
  kernel: i32,
): void {
  const pixelBytes = <f32>(inChannels << 2);
  const line = <f32>inColumns * pixelBytes;
  const lineBytes = f32x4.splat(line);
  // row = floor(offset / line). Half a pixel is added so that rounding cannot lead to the row before.
  const perLine = f32x4.splat(1 / line);
  const halfPixel = f32x4.splat((pixelBytes * 0.5) / line);
  let sums = f32x4.splat(0);
  let rowSums = sums;
  let columnSums = sums;
  for (; list < listEnd; list += 4 * ENTRY) {
    const first = v128.load(list);
    const second = v128.load(list, 16);
    const offsets = f32x4.convert_i32x4_s(oddLanes(first, second));
    let g = evenLanes(first, second);
    // Entries past the end belong to another list.
    if (list + 4 * ENTRY > listEnd) g = v128.and(g, firstLanes(<i32>((listEnd - list) >> 3)));
    const rows = f32x4.floor(fma(offsets, perLine, halfPixel));
    sums = f32x4.add(sums, g);
    rowSums = fma(g, rows, rowSums);
    columnSums = fma(g, f32x4.sub(offsets, f32x4.mul(rows, lineBytes)), columnSums);
  }
  const sum = sum4(sums);
  const rowSum = sum4(rowSums);
  const columnSum = sum4(columnSums) / pixelBytes;
  const rowScale = scaleOf(inRows);
  const columnScale = scaleOf(inColumns);
  const plane = <usize>(kernel * kernel) << 2;
  for (let u = 0; u < kernel; u++) {
    const byRow = rowScale * (rowSum + <f32>u * sum) - sum;
    for (let v = 0; v < kernel; v++) {
      addScalar(gw, byRow);
      addScalar(gw + plane, columnScale * (columnSum + <f32>v * sum) - sum);
      gw += 4;
    }
  }
}
