// Gradients of the fused convolution, pooling and ReLU of conv-pool.ts. In each window only the maximum has one.

import { addCoordGradient } from "./coord-conv";
import { addInputGradient, addWeightGradient, ENTRY } from "./conv-gradient";
import { addScalar, firstLanes, highLanes, lowLanes } from "./simd";

/** Rows of windows from one visited window to the next: patches of 5×5 kernels then share no row. */
const ROWS_APART = 3;

/**
 * Writes the order in which backward visits the windows, once per step: per window the byte offset of its patch and the
 * index of its first channel in the output. Neighbours are not visited one after the other: a load that overlaps a
 * store just before it waits for the processor's store buffer.
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

/** Channels whose gradients are listed in one pass. */
const LISTED = 4;

/**
 * Gradients of `convPoolForward`. With g = scale · gy at each window whose pooled value is above 0, and the patch that
 * its maximum was computed from: gw += Σ g · patch, gb += Σ g, and gx += g · w at the patch.
 *
 * `lists` has room for a header and four lists of one entry per window.
 */
export function convPoolBackward(
  visits: usize,
  x: usize,
  gy: usize,
  argmax: usize,
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
      listGradients(
        lists, visits, windows, gy + (<usize>channel << 2), argmax + <usize>channel,
        outChannels - channel, inChannels << 2, <i32>line, scale,
      );
    }
    const list = listOf(lists, windows, lane);
    const end = <usize>load<u32>(lists + (<usize>lane << 2));
    // Such as channels that dropout dropped.
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

/** Header before the lists: their four ends; from CONSTANTS on, what the loop that fills them loads. In bytes. */
const CONSTANTS: usize = 16;
const HEADER: usize = 48;

/** Address of the list of the channel in this lane. */
@inline
function listOf(lists: usize, windows: i32, lane: i32): usize {
  return lists + HEADER + <usize>(lane * windows) * ENTRY;
}

/**
 * Lists the gradients of up to four channels, one list per channel, in the order of `visits`. About half of the windows
 * have none, without a pattern that a branch could predict. So each entry is written, and the end of the list moves
 * only if it counts.
 */
function listGradients(
  lists: usize, visits: usize, windows: i32, gy: usize, argmax: usize, channels: i32,
  pixel: i32, line: i32, scale: f32,
): void {
  const constants = lists + CONSTANTS;
  store<i32>(constants, pixel);
  store<i32>(constants, line - 2 * pixel, 4);
  store<f32>(constants, scale, 8);
  v128.store(constants, v128.and(firstLanes(channels), i32x4.splat(<i32>ENTRY)), 16);
  // The argmax's offset (0..3) moves the patch by (offset & 1) pixels and (offset >> 1) lines, which is
  // offset · pixel + (offset >> 1) · (line − 2 · pixel). Constants come from memory: V8 would splat a scalar again for
  // each window.
  const pixels = v128.load32_splat(constants);
  const lineSteps = v128.load32_splat(constants, 4);
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
    // NO_ARGMAX is −1 as a signed byte.
    const bytes = v128.load32_zero(argmax + at);
    const offset = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes));
    const kept = v128.andnot(f32x4.ne(g, none), i32x4.lt_s(offset, none));
    const down = i32x4.mul(i32x4.shr_s(offset, 1), lineSteps);
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

/** Σ g over a list, in two chains of additions. */
function sumOfList(list: usize, end: usize): f32 {
  let even: f32 = 0;
  let odd: f32 = 0;
  for (; list + ENTRY < end; list += 2 * ENTRY) {
    even += load<f32>(list);
    odd += load<f32>(list, 8);
  }
  return list < end ? even + load<f32>(list) + odd : even + odd;
}
