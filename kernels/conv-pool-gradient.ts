// Gradients of convolution, pooling and ReLU in one (conv-pool.ts): of each window only the winner has one.

import { addCoordGradient } from "./coord-conv";
import { addInputGradient, addWeightGradient, ENTRY } from "./conv-gradient";
import { addScalar, firstLanes, highLanes, lowLanes } from "./simd";

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
