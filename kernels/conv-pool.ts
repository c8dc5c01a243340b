// Convolution, 2×2 max-pooling and ReLU in one. Of each window only the maximum and its offset are stored. See conv.ts
// for the blocks.

import { laneBias } from "./conv";
import { foregroundConvPool } from "./foreground-conv-pool";
import { evenLanes, fma, oddLanes, pairs, twoPositions } from "./simd";
import { largest, NO_ARGMAX, scatterLanes, storeWindow, argmaxOffset } from "./pool-window";

/**
 * y = relu(scale · max over the window (bias + convolution)); 0 in channels that dropout dropped.
 *
 * `table` holds what coordinate channels add to each row and column of the convolution (coord-conv.ts), packed as the
 * weights are; 0 for none. `argmax` takes the offsets of the maxima; 0 where no backward follows. `background` is
 * memory for `findForeground` of a one-channel image whose background is the value at `backgroundPixel`; 0 for none.
 */
export function convPoolForward(
  x: usize,
  packed: usize,
  bias: usize,
  table: usize,
  background: usize,
  backgroundPixel: usize,
  y: usize,
  argmax: usize,
  live: usize,
  inRows: i32,
  inColumns: i32,
  inChannels: i32,
  outChannels: i32,
  kernel: i32,
  scale: f32,
): void {
  const rows = (inRows - kernel + 1) >> 1;
  const columns = (inColumns - kernel + 1) >> 1;
  let count = outChannels;
  if (live) {
    count = load<i32>(live);
    memory.fill(y, 0, <usize>(rows * columns * outChannels) << 2);
    if (argmax) memory.fill(argmax, <u8>NO_ARGMAX, <usize>(rows * columns * outChannels));
  }
  if (background) {
    foregroundConvPool(x, packed, bias, table, background, load<f32>(backgroundPixel), y, argmax, live, count, inRows, inColumns, outChannels, kernel, scale);
    return;
  }
  directConvPool(x, packed, bias, table, y, argmax, live, count, 0, 0, inRows, inColumns, inChannels, outChannels, kernel, scale);
}

/** The windows of a corner, from a row and a column of windows on; nothing of the others is changed. */
export function convPoolCorner(
  x: usize,
  packed: usize,
  bias: usize,
  table: usize,
  y: usize,
  argmax: usize,
  live: usize,
  firstRow: i32,
  firstColumn: i32,
  inRows: i32,
  inColumns: i32,
  inChannels: i32,
  outChannels: i32,
  kernel: i32,
  scale: f32,
): void {
  const count = live ? load<i32>(live) : outChannels;
  directConvPool(x, packed, bias, table, y, argmax, live, count, firstRow, firstColumn, inRows, inColumns, inChannels, outChannels, kernel, scale);
}

function directConvPool(
  x: usize, packed: usize, bias: usize, table: usize,
  y: usize, argmax: usize, live: usize, count: i32, firstRow: i32, firstColumn: i32,
  inRows: i32, inColumns: i32, inChannels: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const rows = (inRows - kernel + 1) >> 1;
  const columns = (inColumns - kernel + 1) >> 1;
  const taps = kernel * kernel * inChannels;
  const tableLength = inRows + inColumns - 2 * (kernel - 1);
  let first = 0;
  while (count - first > 4) {
    block8(x, packed, bias, table, y, argmax, live, first, count, firstRow, firstColumn, rows, columns, inRows, inColumns, inChannels, outChannels, kernel, scale);
    packed += <usize>(taps * 8) << 2;
    if (table) table += <usize>(tableLength * 8) << 2;
    first += 8;
  }
  if (first >= count) return;
  if (count - first <= 2 && inChannels == 1 && columns - firstColumn >= 4) {
    block2(x, packed, bias, table, y, argmax, live, first, count, firstRow, firstColumn, rows, columns, inRows, inColumns, outChannels, kernel, scale);
  } else {
    block4(x, packed, bias, table, y, argmax, live, first, count, firstRow, firstColumn, rows, columns, inRows, inColumns, inChannels, outChannels, kernel, scale);
  }
}

function block8(
  x: usize, packed: usize, bias: usize, table: usize,
  y: usize, argmax: usize, live: usize, first: i32, count: i32,
  firstRow: i32, firstColumn: i32, rows: i32, columns: i32,
  inRows: i32, inColumns: i32, inChannels: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const pixel = <usize>inChannels << 2;
  const line = <usize>inColumns * pixel;
  const rowBytes = <usize>kernel * pixel;
  const biasA = laneBias(bias, live, first, count);
  const biasB = laneBias(bias, live, first + 4, count);
  const scales = f32x4.splat(scale);
  const contiguous = !live && count - first >= 8;
  const lanesB = min(4, count - first - 4);
  for (let r = firstRow; r < rows; r++) {
    for (let c = firstColumn; c < columns; c++) {
      const corner = x + <usize>(2 * r) * line + <usize>(2 * c) * pixel;
      let a0 = f32x4.splat(0);
      let b0 = a0;
      let a1 = a0;
      let b1 = a0;
      let a2 = a0;
      let b2 = a0;
      let a3 = a0;
      let b3 = a0;
      if (table) {
        const row = table + (<usize>(2 * r) << 5);
        const column = table + (<usize>(inRows - kernel + 1 + 2 * c) << 5);
        const left = v128.load(column);
        const leftB = v128.load(column, 16);
        const right = v128.load(column, 32);
        const rightB = v128.load(column, 48);
        let v = v128.load(row);
        a0 = f32x4.add(v, left);
        a1 = f32x4.add(v, right);
        v = v128.load(row, 16);
        b0 = f32x4.add(v, leftB);
        b1 = f32x4.add(v, rightB);
        v = v128.load(row, 32);
        a2 = f32x4.add(v, left);
        a3 = f32x4.add(v, right);
        v = v128.load(row, 48);
        b2 = f32x4.add(v, leftB);
        b3 = f32x4.add(v, rightB);
      }
      let w = packed;
      for (let k = 0; k < kernel; k++) {
        let p = corner + <usize>k * line;
        let q = p + line;
        const end = p + rowBytes;
        while (p < end) {
          const wa = v128.load(w);
          const wb = v128.load(w, 16);
          let v = v128.load_splat<f32>(p);
          a0 = fma(v, wa, a0);
          b0 = fma(v, wb, b0);
          v = v128.load_splat<f32>(p + pixel);
          a1 = fma(v, wa, a1);
          b1 = fma(v, wb, b1);
          v = v128.load_splat<f32>(q);
          a2 = fma(v, wa, a2);
          b2 = fma(v, wb, b2);
          v = v128.load_splat<f32>(q + pixel);
          a3 = fma(v, wa, a3);
          b3 = fma(v, wb, b3);
          w += 32;
          p += 4;
          q += 4;
        }
      }
      let valueA = f32x4.mul(f32x4.add(largest(a0, a1, a2, a3), biasA), scales);
      let valueB = f32x4.mul(f32x4.add(largest(b0, b1, b2, b3), biasB), scales);
      // NaN ≤ 0 is false, so NaN stays NaN: a network that diverged shows it.
      const deadA = f32x4.le(valueA, f32x4.splat(0));
      const deadB = f32x4.le(valueB, f32x4.splat(0));
      valueA = v128.andnot(valueA, deadA);
      valueB = v128.andnot(valueB, deadB);
      const position = (r * columns + c) * outChannels;
      if (contiguous) {
        const at = <usize>(position + first);
        v128.store(y + (at << 2), valueA);
        v128.store(y + (at << 2), valueB, 16);
        if (!argmax) continue;
        const offsetA = v128.or(argmaxOffset(a0, a1, a2, a3), deadA);
        const offsetB = v128.or(argmaxOffset(b0, b1, b2, b3), deadB);
        const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(offsetA, offsetB), offsetA);
        v128.store_lane<i64>(argmax + at, bytes, 0);
      } else {
        const offsetA = v128.or(argmaxOffset(a0, a1, a2, a3), deadA);
        const offsetB = v128.or(argmaxOffset(b0, b1, b2, b3), deadB);
        scatterLanes(y, argmax, live, position, first, 4, valueA, offsetA);
        scatterLanes(y, argmax, live, position, first + 4, lanesB, valueB, offsetB);
      }
    }
  }
}

/** Up to 4 channels, two windows of a row at a time. In a row of odd length, the last two overlap those before. */
function block4(
  x: usize, packed: usize, bias: usize, table: usize,
  y: usize, argmax: usize, live: usize, first: i32, count: i32,
  firstRow: i32, firstColumn: i32, rows: i32, columns: i32,
  inRows: i32, inColumns: i32, inChannels: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const pixel = <usize>inChannels << 2;
  const line = <usize>inColumns * pixel;
  const rowBytes = <usize>kernel * pixel;
  const biases = laneBias(bias, live, first, count);
  const scales = f32x4.splat(scale);
  const lanes = count - first;
  const tableColumns = table + (<usize>(inRows - kernel + 1) << 4);
  for (let r = firstRow; r < rows; r++) {
    const tableRow = table ? table + (<usize>(2 * r) << 4) : 0;
    for (let c = firstColumn; c < columns; c += 2) {
      const left = max(firstColumn, min(c, columns - 2));
      const right = min(left + 1, columns - 1);
      const corner = x + <usize>(2 * r) * line + <usize>(2 * left) * pixel;
      const apart = <usize>(2 * (right - left)) * pixel;
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let b0 = a0;
      let b1 = a0;
      let b2 = a0;
      let b3 = a0;
      if (tableRow) {
        const upper = v128.load(tableRow);
        const lower = v128.load(tableRow, 16);
        let column = tableColumns + (<usize>(2 * left) << 4);
        a0 = f32x4.add(upper, v128.load(column));
        a1 = f32x4.add(upper, v128.load(column, 16));
        a2 = f32x4.add(lower, v128.load(column));
        a3 = f32x4.add(lower, v128.load(column, 16));
        column = tableColumns + (<usize>(2 * right) << 4);
        b0 = f32x4.add(upper, v128.load(column));
        b1 = f32x4.add(upper, v128.load(column, 16));
        b2 = f32x4.add(lower, v128.load(column));
        b3 = f32x4.add(lower, v128.load(column, 16));
      }
      let w = packed;
      for (let k = 0; k < kernel; k++) {
        let p = corner + <usize>k * line;
        let q = p + apart;
        const end = p + rowBytes;
        while (p < end) {
          const wa = v128.load(w);
          a0 = fma(v128.load_splat<f32>(p), wa, a0);
          a1 = fma(v128.load_splat<f32>(p + pixel), wa, a1);
          b0 = fma(v128.load_splat<f32>(q), wa, b0);
          b1 = fma(v128.load_splat<f32>(q + pixel), wa, b1);
          // Never true: splits the body, as all its loads together do not fit the registers, see simd.ts.
          if (!w) break;
          const u = p + line;
          const v = q + line;
          a2 = fma(v128.load_splat<f32>(u), wa, a2);
          a3 = fma(v128.load_splat<f32>(u + pixel), wa, a3);
          b2 = fma(v128.load_splat<f32>(v), wa, b2);
          b3 = fma(v128.load_splat<f32>(v + pixel), wa, b3);
          w += 16;
          p += 4;
          q += 4;
        }
      }
      const position = r * columns;
      storeWindow(a0, a1, a2, a3, biases, scales, y, argmax, live, (position + left) * outChannels, first, lanes);
      storeWindow(b0, b1, b2, b3, biases, scales, y, argmax, live, (position + right) * outChannels, first, lanes);
    }
  }
}

/**
 * Up to 2 channels of an input of one channel, four windows of a row at a time; the last four may overlap those before.
 * Lanes are two neighbouring positions of the first channel, then of the second.
 */
function block2(
  x: usize, packed: usize, bias: usize, table: usize,
  y: usize, argmax: usize, live: usize, first: i32, count: i32,
  firstRow: i32, firstColumn: i32, rows: i32, columns: i32,
  inRows: i32, inColumns: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const line = <usize>inColumns << 2;
  const rowBytes = <usize>kernel << 2;
  const channels = laneBias(bias, live, first, count);
  const biases = v128.shuffle<f32>(channels, channels, 0, 1, 0, 1);
  const scales = f32x4.splat(scale);
  const lanes = count - first;
  for (let r = firstRow; r < rows; r++) {
    for (let c = firstColumn; c < columns; c += 4) {
      const left = min(c, columns - 4);
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let b0 = a0;
      let b1 = a0;
      let b2 = a0;
      let b3 = a0;
      if (table) {
        const upper = pairs(table + (<usize>(2 * r) << 4));
        const lower = pairs(table + (<usize>(2 * r + 1) << 4));
        const column = table + (<usize>(inRows - kernel + 1 + 2 * left) << 4);
        let v = twoPositions(column);
        a0 = f32x4.add(upper, v);
        b0 = f32x4.add(lower, v);
        v = twoPositions(column + 32);
        a1 = f32x4.add(upper, v);
        b1 = f32x4.add(lower, v);
        v = twoPositions(column + 64);
        a2 = f32x4.add(upper, v);
        b2 = f32x4.add(lower, v);
        v = twoPositions(column + 96);
        a3 = f32x4.add(upper, v);
        b3 = f32x4.add(lower, v);
      }
      let w = packed;
      for (let k = 0; k < kernel; k++) {
        let p = x + <usize>(2 * r + k) * line + (<usize>left << 3);
        const end = p + rowBytes;
        while (p < end) {
          const wa = pairs(w);
          a0 = fma(v128.load_splat<u64>(p), wa, a0);
          a1 = fma(v128.load_splat<u64>(p, 8), wa, a1);
          a2 = fma(v128.load_splat<u64>(p, 16), wa, a2);
          a3 = fma(v128.load_splat<u64>(p, 24), wa, a3);
          // Never true, as in block4.
          if (!w) break;
          const q = p + line;
          b0 = fma(v128.load_splat<u64>(q), wa, b0);
          b1 = fma(v128.load_splat<u64>(q, 8), wa, b1);
          b2 = fma(v128.load_splat<u64>(q, 16), wa, b2);
          b3 = fma(v128.load_splat<u64>(q, 24), wa, b3);
          w += 16;
          p += 4;
        }
      }
      const position = (r * columns + left) * outChannels;
      storeTwoWindows(a0, a1, b0, b1, biases, scales, y, argmax, live, position, first, lanes, outChannels);
      storeTwoWindows(a2, a3, b2, b3, biases, scales, y, argmax, live, position + 2 * outChannels, first, lanes, outChannels);
    }
  }
}

/** Pools and stores two windows from their upper and lower positions, in block2's lanes. */
@inline
function storeTwoWindows(
  upperA: v128, upperB: v128, lowerA: v128, lowerB: v128, biases: v128, scales: v128,
  y: usize, argmax: usize, live: usize, position: i32, first: i32, lanes: i32, outChannels: i32,
): void {
  const v0 = evenLanes(upperA, upperB);
  const v1 = oddLanes(upperA, upperB);
  const v2 = evenLanes(lowerA, lowerB);
  const v3 = oddLanes(lowerA, lowerB);
  const value = f32x4.mul(f32x4.add(largest(v0, v1, v2, v3), biases), scales);
  const dead = f32x4.le(value, f32x4.splat(0));
  const alive = v128.andnot(value, dead);
  const offset = v128.or(argmaxOffset(v0, v1, v2, v3), dead);
  if (!live && lanes == 2) {
    const at = <usize>(position + first);
    const next = at + <usize>outChannels;
    v128.store_lane<u64>(y + (at << 2), alive, 0);
    v128.store_lane<u64>(y + (next << 2), alive, 1);
    if (!argmax) return;
    const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(offset, offset), offset);
    v128.store_lane<u16>(argmax + at, bytes, 0);
    v128.store_lane<u16>(argmax + next, bytes, 1);
    return;
  }
  scatterLanes(y, argmax, live, position, first, lanes, alive, offset);
  const second = v128.shuffle<f32>(alive, alive, 2, 3, 2, 3);
  const secondOffset = v128.shuffle<f32>(offset, offset, 2, 3, 2, 3);
  scatterLanes(y, argmax, live, position + outChannels, first, lanes, second, secondOffset);
}
