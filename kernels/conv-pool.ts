// Convolution, 2×2 max-pooling and ReLU in one: of each window only the winner's value and offset
// (0..3, row-major; 255 where ReLU gave 0) are kept. See conv.ts for the blocks.

import { laneBias, liveChannel } from "./conv";
import { addInputGradient, addWeightGradient, ENTRY } from "./conv-gradient";
import { fma } from "./simd";

const NO_WINNER = 255;

/** y = relu(scale · max over the window (bias + convolution)). Dead channels give 0. */
export function convPoolForward(
  x: usize,
  packed: usize,
  bias: usize,
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
  const rows = (inRows - kernel + 1) >> 1;
  const columns = (inColumns - kernel + 1) >> 1;
  const places = rows * columns;
  let count = outChannels;
  if (live) {
    count = load<i32>(live);
    memory.fill(y, 0, <usize>(places * outChannels) << 2);
    memory.fill(winners, <u8>NO_WINNER, <usize>(places * outChannels));
  }
  const taps = kernel * kernel * inChannels;
  let first = 0;
  while (count - first > 4) {
    block8(x, packed, bias, y, winners, live, first, count, rows, columns, inColumns, inChannels, outChannels, kernel, scale);
    packed += <usize>(taps * 8) << 2;
    first += 8;
  }
  if (first < count) {
    block4(x, packed, bias, y, winners, live, first, count, rows, columns, inColumns, inChannels, outChannels, kernel, scale);
  }
}

function block8(
  x: usize, packed: usize, bias: usize, y: usize, winners: usize, live: usize,
  first: i32, count: i32, rows: i32, columns: i32,
  inColumns: i32, inChannels: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const pixel = <usize>inChannels << 2;
  const line = <usize>inColumns * pixel;
  const rowBytes = <usize>kernel * pixel;
  const biasA = laneBias(bias, live, first, count);
  const biasB = laneBias(bias, live, first + 4, count);
  const scales = f32x4.splat(scale);
  const contiguous = !live && count - first >= 8;
  const lanesB = min(4, count - first - 4);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const corner = x + <usize>(2 * r) * line + <usize>(2 * c) * pixel;
      let a0 = f32x4.splat(0);
      let b0 = a0;
      let a1 = a0;
      let b1 = a0;
      let a2 = a0;
      let b2 = a0;
      let a3 = a0;
      let b3 = a0;
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
      let offsetA = winner(a0, a1, a2, a3);
      let valueA = f32x4.mul(f32x4.add(largest(a0, a1, a2, a3), biasA), scales);
      let offsetB = winner(b0, b1, b2, b3);
      let valueB = f32x4.mul(f32x4.add(largest(b0, b1, b2, b3), biasB), scales);
      // NaN is not "at most 0": a network that diverged shows it.
      const deadA = f32x4.le(valueA, f32x4.splat(0));
      const deadB = f32x4.le(valueB, f32x4.splat(0));
      valueA = v128.andnot(valueA, deadA);
      valueB = v128.andnot(valueB, deadB);
      offsetA = v128.or(offsetA, deadA);
      offsetB = v128.or(offsetB, deadB);
      const place = (r * columns + c) * outChannels;
      if (contiguous) {
        const at = <usize>(place + first);
        v128.store(y + (at << 2), valueA);
        v128.store(y + (at << 2), valueB, 16);
        const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(offsetA, offsetB), offsetA);
        v128.store_lane<i64>(winners + at, bytes, 0);
      } else {
        scatterLanes(y, winners, live, place, first, 4, valueA, offsetA);
        scatterLanes(y, winners, live, place, first + 4, lanesB, valueB, offsetB);
      }
    }
  }
}

function block4(
  x: usize, packed: usize, bias: usize, y: usize, winners: usize, live: usize,
  first: i32, count: i32, rows: i32, columns: i32,
  inColumns: i32, inChannels: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const pixel = <usize>inChannels << 2;
  const line = <usize>inColumns * pixel;
  const rowBytes = <usize>kernel * pixel;
  const biases = laneBias(bias, live, first, count);
  const scales = f32x4.splat(scale);
  const lanes = count - first;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const corner = x + <usize>(2 * r) * line + <usize>(2 * c) * pixel;
      let a0 = f32x4.splat(0);
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      let w = packed;
      for (let k = 0; k < kernel; k++) {
        let p = corner + <usize>k * line;
        let q = p + line;
        const end = p + rowBytes;
        while (p < end) {
          const wa = v128.load(w);
          a0 = fma(v128.load_splat<f32>(p), wa, a0);
          a1 = fma(v128.load_splat<f32>(p + pixel), wa, a1);
          a2 = fma(v128.load_splat<f32>(q), wa, a2);
          a3 = fma(v128.load_splat<f32>(q + pixel), wa, a3);
          w += 16;
          p += 4;
          q += 4;
        }
      }
      let offset = winner(a0, a1, a2, a3);
      let value = f32x4.mul(f32x4.add(largest(a0, a1, a2, a3), biases), scales);
      const dead = f32x4.le(value, f32x4.splat(0));
      value = v128.andnot(value, dead);
      offset = v128.or(offset, dead);
      scatterLanes(y, winners, live, (r * columns + c) * outChannels, first, lanes, value, offset);
    }
  }
}

@inline
function largest(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  return f32x4.pmax(f32x4.pmax(v0, v1), f32x4.pmax(v2, v3));
}

/** Offset of the first of equal largest values, from comparisons' −1 and 0 rather than literals. */
@inline
function winner(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
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
  v128.store_lane<u8>(winners + at, offset, 0);
  if (lanes < 2) return;
  at = <usize>(place + liveChannel(live, first + 1));
  v128.store_lane<f32>(y + (at << 2), value, 1);
  v128.store_lane<u8>(winners + at, offset, 4);
  if (lanes < 3) return;
  at = <usize>(place + liveChannel(live, first + 2));
  v128.store_lane<f32>(y + (at << 2), value, 2);
  v128.store_lane<u8>(winners + at, offset, 8);
  if (lanes < 4) return;
  at = <usize>(place + liveChannel(live, first + 3));
  v128.store_lane<f32>(y + (at << 2), value, 3);
  v128.store_lane<u8>(winners + at, offset, 12);
}

/** Rows of windows between neighbours in the order of visits, so that their patches share no row. */
const ROWS_APART = 3;

/**
 * Writes the order in which backward visits the windows, once a step: of each the index of its place in
 * the output's memory and the byte offset of its patch. Neighbours are kept apart: adding to overlapping
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
        store<i32>(visits, (r * columns + c) * outChannels);
        store<i32>(visits, ((2 * r * inColumns + 2 * c) * inChannels) << 2, 4);
        visits += ENTRY;
      }
    }
  }
}

/** Gradients of `convPoolForward`: only the winners have one. `list` has room for an entry a window. */
export function convPoolBackward(
  visits: usize,
  x: usize,
  gy: usize,
  winners: usize,
  live: usize,
  weight: usize,
  gWeight: usize,
  gBias: usize,
  gx: usize,
  list: usize,
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
  const rowLength = kernel * inChannels;
  const line = <usize>(inColumns * inChannels) << 2;
  const kernelBytes = <usize>(kernel * rowStride) << 2;
  const count = live ? load<i32>(live) : outChannels;
  for (let at = 0; at < count; at++) {
    const channel = liveChannel(live, at);
    const end = listWinners(
      list, visits, rows * columns, gy + (<usize>channel << 2), winners + <usize>channel,
      inChannels << 2, <i32>line, scale,
    );
    const bias = gBias + (<usize>channel << 2);
    store<f32>(bias, load<f32>(bias) + sumOfList(list, end));
    const offset = <usize>channel * kernelBytes;
    addWeightGradient(gWeight + offset, x, list, end, kernel, rowLength, rowStride, line);
    if (gx) addInputGradient(gx, weight + offset, list, end, kernel, rowLength, rowStride, line);
  }
}

/** Lists one channel's winners in the order of `visits`; returns the end of the list. */
function listWinners(
  list: usize, visits: usize, count: i32, gy: usize, winners: usize, pixel: i32, line: i32, scale: f32,
): usize {
  const end = visits + <usize>count * ENTRY;
  for (; visits < end; visits += ENTRY) {
    const at = <usize>load<u32>(visits);
    const offset = <i32>load<u8>(winners + at);
    const g = load<f32>(gy + (at << 2)) * scale;
    // Half of them have none, at random: written always, kept or not, as no branch would guess it.
    store<i32>(list, load<i32>(visits, 4) + (offset & 1) * pixel + (offset >> 1) * line);
    store<f32>(list, g, 4);
    list += select<usize>(ENTRY, 0, (i32(offset != NO_WINNER) & i32(g != 0)) != 0);
  }
  return list;
}

function sumOfList(list: usize, end: usize): f32 {
  let even: f32 = 0;
  let odd: f32 = 0;
  for (; list + ENTRY < end; list += 2 * ENTRY) {
    even += load<f32>(list, 4);
    odd += load<f32>(list, 12);
  }
  return list < end ? even + load<f32>(list, 4) + odd : even + odd;
}
