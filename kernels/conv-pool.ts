// Convolution, 2×2 max-pooling and ReLU in one: of each window only the winner's value and offset
// (0..3, row-major; 255 where ReLU gave 0) are kept. See conv.ts for the blocks.

import {
  addBackground, endOfTaps, everyTap, findForeground, firstTap, MASK, shapesOf, tapColumnsOf, tapRowsOf,
  WINDOW_COLUMN, WINDOW_CORNER, WINDOW_ROW, WINDOW_WEIGHT,
} from "./background";
import { laneBias, liveChannel } from "./conv";
import { addCoordGradient } from "./coord-conv";
import { addInputGradient, addWeightGradient, ENTRY } from "./conv-gradient";
import { addScalar, evenLanes, firstLanes, fma, highLanes, lowLanes, oddLanes } from "./simd";

export const NO_WINNER = 255;

/**
 * y = relu(scale · max over the window (bias + convolution)). Dead channels give 0. `table` holds what
 * coordinates add to each row and column of the convolution, packed as the weights are, or is 0.
 * `winners` may be 0, where no gradients follow. `background` is 0, or room for what `findForeground` writes of an image of one channel, whose background
 * is the value at `backgroundPixel`.
 */
export function convPoolForward(
  x: usize,
  packed: usize,
  bias: usize,
  table: usize,
  background: usize,
  backgroundPixel: usize,
  y: usize,
  winners: usize,
  live: usize,
  inRows: i32,
  inColumns: i32,
  inChannels: i32,
  outChannels: i32,
  kernel: i32,
  scale: f32,
): void {
  let constant: f32 = 0;
  if (background) {
    constant = load<f32>(backgroundPixel);
    findForeground(background, x, constant, inRows, inColumns, kernel);
    x = background;
  }
  const rows = (inRows - kernel + 1) >> 1;
  const columns = (inColumns - kernel + 1) >> 1;
  const places = rows * columns;
  let count = outChannels;
  if (live) {
    count = load<i32>(live);
    memory.fill(y, 0, <usize>(places * outChannels) << 2);
    if (winners) memory.fill(winners, <u8>NO_WINNER, <usize>(places * outChannels));
  }
  const taps = kernel * kernel * inChannels;
  const tableLength = inRows + inColumns - 2 * (kernel - 1);
  let first = 0;
  while (count - first > 4) {
    block8(x, packed, bias, table, background, constant, y, winners, live, first, count, rows, columns, inRows, inColumns, inChannels, outChannels, kernel, scale);
    packed += <usize>(taps * 8) << 2;
    if (table) table += <usize>(tableLength * 8) << 2;
    first += 8;
  }
  if (first >= count) return;
  if (count - first <= 2 && inChannels == 1 && columns >= 4) {
    block2(x, packed, bias, table, background, constant, y, winners, live, first, count, rows, columns, inRows, inColumns, outChannels, kernel, scale);
  } else {
    block4(x, packed, bias, table, background, constant, y, winners, live, first, count, rows, columns, inRows, inColumns, inChannels, outChannels, kernel, scale);
  }
}

/** Bytes of a pixel where only the foreground is computed. */
const ONE_CHANNEL: usize = 4;

function block8(
  x: usize, packed: usize, bias: usize, table: usize, background: usize, constant: f32,
  y: usize, winners: usize, live: usize, first: i32, count: i32, rows: i32, columns: i32,
  inRows: i32, inColumns: i32, inChannels: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const pixel = <usize>inChannels << 2;
  const line = <usize>inColumns * pixel;
  const rowBytes = <usize>kernel * pixel;
  let biasA = laneBias(bias, live, first, count);
  let biasB = laneBias(bias, live, first + 4, count);
  const scales = f32x4.splat(scale);
  const contiguous = !live && count - first >= 8;
  const lanesB = min(4, count - first - 4);
  const tableColumns = table + (<usize>(inRows - kernel + 1) << 5);
  if (!background) {
    for (let r = 0; r < rows; r++) {
      const tableRow = table ? table + (<usize>r << 6) : 0;
      for (let c = 0; c < columns; c++) {
        const corner = x + <usize>(2 * r) * line + <usize>(2 * c) * pixel;
        const tableColumn = tableColumns + (<usize>c << 6);
        window8(corner, packed, kernel, rowBytes, rowBytes, line, pixel, tableRow, tableColumn, biasA, biasB, scales, y, winners, live, (r * columns + c) * outChannels, first, lanesB, contiguous);
      }
    }
    return;
  }
  biasA = addBackground(biasA, constant, packed, kernel * kernel, 32);
  biasB = addBackground(biasB, constant, packed + 16, kernel * kernel, 32);
  let shape = shapesOf(background, inRows, inColumns, kernel);
  for (let height = 0; height <= kernel; height++) {
    for (let width = 0; width <= kernel; width++) {
      let window = <usize>load<u32>(shape);
      shape += 4;
      while (window) {
        const r = load<u16>(window, WINDOW_ROW);
        const c = load<u16>(window, WINDOW_COLUMN);
        const corner = x + <usize>load<u32>(window, WINDOW_CORNER);
        const w = packed + (<usize>load<u32>(window, WINDOW_WEIGHT) << 3);
        const tableRow = table ? table + (<usize>r << 6) : 0;
        const tableColumn = tableColumns + (<usize>c << 6);
        window8(corner, w, height, <usize>width << 2, rowBytes, line, ONE_CHANNEL, tableRow, tableColumn, biasA, biasB, scales, y, winners, live, (r * columns + c) * outChannels, first, lanesB, contiguous);
        window = <usize>load<u32>(window);
      }
    }
  }
}

/**
 * Of 8 channels one window, its upper left place at `corner`: of the kernel `height` rows from the weight at
 * `w` on, of each `length` of its `rowBytes`.
 */
@inline
function window8(
  corner: usize, w: usize, height: i32, length: usize, rowBytes: usize, line: usize, pixel: usize,
  tableRow: usize, tableColumn: usize, biasA: v128, biasB: v128, scales: v128,
  y: usize, winners: usize, live: usize, place: i32, first: i32, lanesB: i32, contiguous: bool,
): void {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  let a2 = a0;
  let b2 = a0;
  let a3 = a0;
  let b3 = a0;
  if (tableRow) {
    const left = v128.load(tableColumn);
    const leftB = v128.load(tableColumn, 16);
    const right = v128.load(tableColumn, 32);
    const rightB = v128.load(tableColumn, 48);
    let v = v128.load(tableRow);
    a0 = f32x4.add(v, left);
    a1 = f32x4.add(v, right);
    v = v128.load(tableRow, 16);
    b0 = f32x4.add(v, leftB);
    b1 = f32x4.add(v, rightB);
    v = v128.load(tableRow, 32);
    a2 = f32x4.add(v, left);
    a3 = f32x4.add(v, right);
    v = v128.load(tableRow, 48);
    b2 = f32x4.add(v, leftB);
    b3 = f32x4.add(v, rightB);
  }
  const skipped = (rowBytes - length) << 3;
  for (let k = 0; k < height; k++) {
    let p = corner;
    let q = p + line;
    const end = p + length;
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
    w += skipped;
    corner += line;
  }
  let valueA = f32x4.mul(f32x4.add(largest(a0, a1, a2, a3), biasA), scales);
  let valueB = f32x4.mul(f32x4.add(largest(b0, b1, b2, b3), biasB), scales);
  // NaN is not "at most 0": a network that diverged shows it.
  const deadA = f32x4.le(valueA, f32x4.splat(0));
  const deadB = f32x4.le(valueB, f32x4.splat(0));
  valueA = v128.andnot(valueA, deadA);
  valueB = v128.andnot(valueB, deadB);
  if (contiguous) {
    const at = <usize>(place + first);
    v128.store(y + (at << 2), valueA);
    v128.store(y + (at << 2), valueB, 16);
    if (winners) {
      const offsetA = v128.or(winner(a0, a1, a2, a3), deadA);
      const offsetB = v128.or(winner(b0, b1, b2, b3), deadB);
      const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(offsetA, offsetB), offsetA);
      v128.store_lane<i64>(winners + at, bytes, 0);
    }
  } else {
    const offsetA = v128.or(winner(a0, a1, a2, a3), deadA);
    const offsetB = v128.or(winner(b0, b1, b2, b3), deadB);
    scatterLanes(y, winners, live, place, first, 4, valueA, offsetA);
    scatterLanes(y, winners, live, place, first + 4, lanesB, valueB, offsetB);
  }
}

/** Up to 4 channels, two windows of a row at a time; a last one alone is computed twice. */
function block4(
  x: usize, packed: usize, bias: usize, table: usize, background: usize, constant: f32,
  y: usize, winners: usize, live: usize, first: i32, count: i32, rows: i32, columns: i32,
  inRows: i32, inColumns: i32, inChannels: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const pixel = <usize>inChannels << 2;
  const line = <usize>inColumns * pixel;
  const rowBytes = <usize>kernel * pixel;
  let biases = laneBias(bias, live, first, count);
  const scales = f32x4.splat(scale);
  const lanes = count - first;
  const tapRows = tapRowsOf(background, inRows, inColumns);
  const tapColumns = tapColumnsOf(background, inRows, inColumns, kernel);
  if (background) biases = addBackground(biases, constant, packed, kernel * kernel, 16);
  const tableColumns = table + (<usize>(inRows - kernel + 1) << 4);
  const every = everyTap(kernel);
  for (let r = 0; r < rows; r++) {
    const seenByRow: u64 = background ? load<u64>(tapColumns + <usize>r * MASK) : 0;
    const tableRow = table ? table + (<usize>(2 * r) << 4) : 0;
    for (let c = 0; c < columns; c += 2) {
      const left = max(0, min(c, columns - 2));
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
      let k = 0;
      let endRow = kernel;
      let from: usize = 0;
      let length = rowBytes;
      if (background) {
        const seenByColumn = load<u64>(tapRows + <usize>left * MASK) | load<u64>(tapRows + <usize>right * MASK);
        const seenRows = (seenByColumn >> (2 * r)) & every;
        const seenColumns = ((seenByRow >> (2 * left)) | (seenByRow >> (2 * right))) & every;
        k = firstTap(seenRows);
        endRow = endOfTaps(seenRows);
        from = <usize>firstTap(seenColumns) << 2;
        length = (<usize>endOfTaps(seenColumns) << 2) - from;
      }
      let w = packed + ((<usize>k * rowBytes + from) << 2);
      const skipped = (rowBytes - length) << 2;
      for (; k < endRow; k++) {
        let p = corner + <usize>k * line + from;
        let q = p + apart;
        const end = p + length;
        while (p < end) {
          const wa = v128.load(w);
          a0 = fma(v128.load_splat<f32>(p), wa, a0);
          a1 = fma(v128.load_splat<f32>(p + pixel), wa, a1);
          b0 = fma(v128.load_splat<f32>(q), wa, b0);
          b1 = fma(v128.load_splat<f32>(q + pixel), wa, b1);
          // Never true: V8 puts all loads of a block before its multiply-adds, too many for one block.
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
        w += skipped;
      }
      const place = r * columns;
      storeWindow(a0, a1, a2, a3, biases, scales, y, winners, live, (place + left) * outChannels, first, lanes);
      storeWindow(b0, b1, b2, b3, biases, scales, y, winners, live, (place + right) * outChannels, first, lanes);
    }
  }
}

/**
 * Up to 2 channels of an input of one channel, four windows of a row at a time; the last four may repeat
 * some. Lanes are two neighbouring places of the first channel, then of the second.
 */
function block2(
  x: usize, packed: usize, bias: usize, table: usize, background: usize, constant: f32,
  y: usize, winners: usize, live: usize, first: i32, count: i32, rows: i32, columns: i32,
  inRows: i32, inColumns: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const line = <usize>inColumns << 2;
  const rowBytes = <usize>kernel << 2;
  let channels = laneBias(bias, live, first, count);
  const tapRows = tapRowsOf(background, inRows, inColumns);
  const tapColumns = tapColumnsOf(background, inRows, inColumns, kernel);
  if (background) channels = addBackground(channels, constant, packed, kernel * kernel, 16);
  const biases = v128.shuffle<f32>(channels, channels, 0, 1, 0, 1);
  const scales = f32x4.splat(scale);
  const lanes = count - first;
  const every = everyTap(kernel);
  for (let r = 0; r < rows; r++) {
    let seenByRow: u64 = background ? load<u64>(tapColumns + <usize>r * MASK) : 0;
    seenByRow |= seenByRow >> 2;
    seenByRow |= seenByRow >> 4;
    for (let c = 0; c < columns; c += 4) {
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
        let v = placesOf(column);
        a0 = f32x4.add(upper, v);
        b0 = f32x4.add(lower, v);
        v = placesOf(column + 32);
        a1 = f32x4.add(upper, v);
        b1 = f32x4.add(lower, v);
        v = placesOf(column + 64);
        a2 = f32x4.add(upper, v);
        b2 = f32x4.add(lower, v);
        v = placesOf(column + 96);
        a3 = f32x4.add(upper, v);
        b3 = f32x4.add(lower, v);
      }
      let k = 0;
      let endRow = kernel;
      let from: usize = 0;
      let length = rowBytes;
      if (background) {
        const masks = tapRows + <usize>left * MASK;
        const either = v128.or(v128.load(masks), v128.load(masks, 16));
        const seenByColumn = i64x2.extract_lane(either, 0) | i64x2.extract_lane(either, 1);
        const seenRows = (seenByColumn >> (2 * r)) & every;
        const seenColumns = (seenByRow >> (2 * left)) & every;
        k = firstTap(seenRows);
        endRow = endOfTaps(seenRows);
        from = <usize>firstTap(seenColumns) << 2;
        length = (<usize>endOfTaps(seenColumns) << 2) - from;
      }
      let w = packed + ((<usize>k * rowBytes + from) << 2);
      const skipped = (rowBytes - length) << 2;
      for (; k < endRow; k++) {
        let p = x + <usize>(2 * r + k) * line + (<usize>left << 3) + from;
        const end = p + length;
        while (p < end) {
          const wa = pairs(w);
          a0 = fma(v128.load_splat<u64>(p), wa, a0);
          a1 = fma(v128.load_splat<u64>(p, 8), wa, a1);
          a2 = fma(v128.load_splat<u64>(p, 16), wa, a2);
          a3 = fma(v128.load_splat<u64>(p, 24), wa, a3);
          // Never true: as in block4.
          if (!w) break;
          const q = p + line;
          b0 = fma(v128.load_splat<u64>(q), wa, b0);
          b1 = fma(v128.load_splat<u64>(q, 8), wa, b1);
          b2 = fma(v128.load_splat<u64>(q, 16), wa, b2);
          b3 = fma(v128.load_splat<u64>(q, 24), wa, b3);
          w += 16;
          p += 4;
        }
        w += skipped;
      }
      const place = (r * columns + left) * outChannels;
      storeTwoWindows(a0, a1, b0, b1, biases, scales, y, winners, live, place, first, lanes, outChannels);
      storeTwoWindows(a2, a3, b2, b3, biases, scales, y, winners, live, place + 2 * outChannels, first, lanes, outChannels);
    }
  }
}

/** Lanes 0, 0, 1, 1 of memory. */
@inline
function pairs(address: usize): v128 {
  const v = v128.load(address);
  return v128.shuffle<f32>(v, v, 0, 0, 1, 1);
}

/** Two channels of two neighbouring places, four channels apart in memory, in block2's order. */
@inline
function placesOf(column: usize): v128 {
  return v128.shuffle<f32>(v128.load(column), v128.load(column, 16), 0, 4, 1, 5);
}

/** From two windows' upper and lower places, block2's lanes. */
@inline
function storeTwoWindows(
  upperA: v128, upperB: v128, lowerA: v128, lowerB: v128, biases: v128, scales: v128,
  y: usize, winners: usize, live: usize, place: i32, first: i32, lanes: i32, outChannels: i32,
): void {
  const v0 = evenLanes(upperA, upperB);
  const v1 = oddLanes(upperA, upperB);
  const v2 = evenLanes(lowerA, lowerB);
  const v3 = oddLanes(lowerA, lowerB);
  const value = f32x4.mul(f32x4.add(largest(v0, v1, v2, v3), biases), scales);
  const dead = f32x4.le(value, f32x4.splat(0));
  const alive = v128.andnot(value, dead);
  const offset = v128.or(winner(v0, v1, v2, v3), dead);
  if (!live && lanes == 2) {
    const at = <usize>(place + first);
    const next = at + <usize>outChannels;
    v128.store_lane<u64>(y + (at << 2), alive, 0);
    v128.store_lane<u64>(y + (next << 2), alive, 1);
    if (!winners) return;
    const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(offset, offset), offset);
    v128.store_lane<u16>(winners + at, bytes, 0);
    v128.store_lane<u16>(winners + next, bytes, 1);
    return;
  }
  scatterLanes(y, winners, live, place, first, lanes, alive, offset);
  const second = v128.shuffle<f32>(alive, alive, 2, 3, 2, 3);
  const secondOffset = v128.shuffle<f32>(offset, offset, 2, 3, 2, 3);
  scatterLanes(y, winners, live, place + outChannels, first, lanes, second, secondOffset);
}

@inline
function storeWindow(
  v0: v128, v1: v128, v2: v128, v3: v128, biases: v128, scales: v128,
  y: usize, winners: usize, live: usize, place: i32, first: i32, lanes: i32,
): void {
  const value = f32x4.mul(f32x4.add(largest(v0, v1, v2, v3), biases), scales);
  const dead = f32x4.le(value, f32x4.splat(0));
  const offset = v128.or(winner(v0, v1, v2, v3), dead);
  scatterLanes(y, winners, live, place, first, lanes, v128.andnot(value, dead), offset);
}

@inline
export function largest(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  return f32x4.pmax(f32x4.pmax(v0, v1), f32x4.pmax(v2, v3));
}

/** Offset of the first of equal largest values, from comparisons' −1 and 0 rather than literals. */
@inline
export function winner(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  const right = f32x4.gt(v1, v0);
  const lowerRight = f32x4.gt(v3, v2);
  const lower = f32x4.gt(f32x4.pmax(v2, v3), f32x4.pmax(v0, v1));
  const column = v128.bitselect(lowerRight, right, lower);
  return i32x4.neg(i32x4.add(column, i32x4.add(lower, lower)));
}

/** Stores up to 4 lanes, each at its own channel. */
@inline
function scatterLanes(
  y: usize, winners: usize, live: usize, place: i32, first: i32, lanes: i32, value: v128, offset: v128,
): void {
  let at = <usize>(place + liveChannel(live, first));
  v128.store_lane<f32>(y + (at << 2), value, 0);
  if (winners) v128.store_lane<u8>(winners + at, offset, 0);
  if (lanes < 2) return;
  at = <usize>(place + liveChannel(live, first + 1));
  v128.store_lane<f32>(y + (at << 2), value, 1);
  if (winners) v128.store_lane<u8>(winners + at, offset, 4);
  if (lanes < 3) return;
  at = <usize>(place + liveChannel(live, first + 2));
  v128.store_lane<f32>(y + (at << 2), value, 2);
  if (winners) v128.store_lane<u8>(winners + at, offset, 8);
  if (lanes < 4) return;
  at = <usize>(place + liveChannel(live, first + 3));
  v128.store_lane<f32>(y + (at << 2), value, 3);
  if (winners) v128.store_lane<u8>(winners + at, offset, 12);
}

/** Rows of windows between neighbours in the order of visits, so that their patches share no row. */
const ROWS_APART = 3;

/**
 * Writes the order in which backward visits the windows, once a step: of each the byte offset of its patch
 * and the index of its place in the output's memory. Neighbours are kept apart: adding to overlapping
 * patches one right after the other stalls the processor's store buffer.
 */
export function convPoolVisits(
  visits: usize,
  inRows: i32,
  inColumns: i32,
  inChannels: i32,
  outChannels: i32,
  kernel: i32,
): void {
  const rows = (inRows - kernel + 1) >> 1;
  const columns = (inColumns - kernel + 1) >> 1;
  for (let c = 0; c < columns; c++) {
    for (let phase = 0; phase < ROWS_APART; phase++) {
      for (let r = phase; r < rows; r += ROWS_APART) {
        store<i32>(visits, ((2 * r * inColumns + 2 * c) * inChannels) << 2);
        store<i32>(visits, (r * columns + c) * outChannels, 4);
        visits += ENTRY;
      }
    }
  }
}

/** Channels whose winners are listed together. */
const LISTED = 4;

/**
 * Gradients of `convPoolForward`: only the winners have one. `lists` has room for four
 * lists of an entry a window, after their header.
 */
export function convPoolBackward(
  visits: usize,
  x: usize,
  gy: usize,
  winners: usize,
  weight: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  gCoords: usize,
  lists: usize,
  inRows: i32,
  inColumns: i32,
  inChannels: i32,
  outChannels: i32,
  kernel: i32,
  rowStride: i32,
  scale: f32,
): void {
  const rows = (inRows - kernel + 1) >> 1;
  const columns = (inColumns - kernel + 1) >> 1;
  const windows = rows * columns;
  const rowLength = kernel * inChannels;
  const line = <usize>(inColumns * inChannels) << 2;
  const kernelBytes = <usize>(kernel * rowStride) << 2;
  const coordBytes = <usize>(2 * kernel * kernel) << 2;
  for (let channel = 0; channel < outChannels; channel++) {
    const lane = channel % LISTED;
    if (lane == 0) {
      listWinners(
        lists, visits, windows, gy + (<usize>channel << 2), winners + <usize>channel,
        outChannels - channel, inChannels << 2, <i32>line, scale,
      );
    }
    const list = listOf(lists, windows, lane);
    const end = <usize>load<u32>(lists + (<usize>lane << 2));
    // Channels that dropout dropped have no winners.
    if (list == end) continue;
    addScalar(gBias + (<usize>channel << 2), sumOfList(list, end));
    const offset = <usize>channel * kernelBytes;
    addWeightGradient(gWeight + offset, x, list, end, kernel, rowLength, rowStride, line);
    if (gx) addInputGradient(gx, weight + offset, list, end, kernel, rowLength, rowStride, line);
    if (gCoords) {
      const to = gCoords + <usize>channel * coordBytes;
      addCoordGradient(to, list, end, inRows, inColumns, inChannels, kernel);
    }
  }
}

/** Before the lists: their four ends, and constants of the loop that fills them, 4 words each. */
const CONSTANTS: usize = 16;
const HEADER: usize = 48;

/** Where the list of one of the channels that are listed together begins. */
@inline
function listOf(lists: usize, windows: i32, lane: i32): usize {
  return lists + HEADER + <usize>(lane * windows) * ENTRY;
}

/**
 * Lists the winners of up to four channels, each in the order of `visits`. Half of the windows have none,
 * at random: an entry is written always and kept or not, as no branch would guess it.
 */
function listWinners(
  lists: usize, visits: usize, windows: i32, gy: usize, winners: usize, channels: i32,
  pixel: i32, line: i32, scale: f32,
): void {
  const constants = lists + CONSTANTS;
  store<i32>(constants, pixel);
  store<i32>(constants, line - 2 * pixel, 4);
  store<f32>(constants, scale, 8);
  v128.store(constants, v128.and(firstLanes(channels), i32x4.splat(<i32>ENTRY)), 16);
  // A winner's offset moves its patch by a pixel, a line or both. Constants come from memory: V8 would
  // spread a scalar over the lanes anew for each window.
  const pixels = v128.load32_splat(constants);
  const turns = v128.load32_splat(constants, 4);
  const scales = v128.load32_splat(constants, 8);
  const entries = v128.load(constants, 16);
  const none = f32x4.splat(0);
  const listBytes = windows * <i32>ENTRY;
  const first = i32x4.splat(<i32>listOf(lists, windows, 0));
  let ends = i32x4.add(first, i32x4.mul(i32x4.splat(listBytes), i32x4(0, 1, 2, 3)));
  const last = visits + <usize>windows * ENTRY;
  for (; visits < last; visits += ENTRY) {
    const at = <usize>load<u32>(visits, 4);
    const g = f32x4.mul(v128.load(gy + (at << 2)), scales);
    // NO_WINNER is −1 as a signed byte.
    const bytes = v128.load32_zero(winners + at);
    const offset = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes));
    const kept = v128.andnot(f32x4.ne(g, none), i32x4.lt_s(offset, none));
    const down = i32x4.mul(i32x4.shr_s(offset, 1), turns);
    const moved = i32x4.add(i32x4.mul(offset, pixels), down);
    const patch = i32x4.add(moved, v128.load32_splat(visits));
    const lower = lowLanes(g, patch);
    const upper = highLanes(g, patch);
    v128.store_lane<u64>(<usize>i32x4.extract_lane(ends, 0), lower, 0);
    v128.store_lane<u64>(<usize>i32x4.extract_lane(ends, 1), lower, 1);
    v128.store_lane<u64>(<usize>i32x4.extract_lane(ends, 2), upper, 0);
    v128.store_lane<u64>(<usize>i32x4.extract_lane(ends, 3), upper, 1);
    ends = i32x4.add(ends, v128.and(kept, entries));
  }
  v128.store(lists, ends);
}

function sumOfList(list: usize, end: usize): f32 {
  let even: f32 = 0;
  let odd: f32 = 0;
  for (; list + ENTRY < end; list += 2 * ENTRY) {
    even += load<f32>(list);
    odd += load<f32>(list, 8);
  }
  return list < end ? even + load<f32>(list) + odd : even + odd;
}
