// Convolution with a 5×5 kernel, 2×2 max-pooling and ReLU as in conv-pool.ts, by Winograd's minimal filtering, see
// winograd.ts. Tiles of the input and of the output are transformed; between the transforms, a sixth of the
// multiplications is left. All output channels share an input tile's transform. Lanes hold four tiles, not channels, so
// that each image can skip the channels that dropout dropped.
//
// About half of the time goes into the products, as each weight is splatted for a single multiply-add; the rest goes
// into the transforms, and into loads and stores of 64 vectors per channel in both directions.

import { liveChannel } from "./conv";
import { largest, NO_ARGMAX, argmaxOffset } from "./pool-window";
import { addVector, firstLanes, fma, highLanes, highPairs, lowLanes, lowPairs } from "./simd";
import { CONSTANTS_BYTES, OUT_TILE, POINTS, storeConstants, TILE, transformInput, transformKernel, transformOutput } from "./winograd";

const VECTOR: usize = 16;
/** Tiles that are computed together, one per lane. */
const TILES: usize = 4;
const TILE_BYTES = POINTS * VECTOR;
/** Bytes from one channel's sums to the next: 64 more than they take, so that they lie on other lines of the cache. */
const SUMS_BYTES = TILE_BYTES + 64;

/** Input channels whose values stay in registers: 10, or 8 where that needs less padding. */
@inline
function chunkOf(inChannels: i32): i32 {
  return ((inChannels + 9) / 10) * 10 <= ((inChannels + 7) / 8) * 8 ? 10 : 8;
}

@inline
function paddedTo(inChannels: i32, chunk: i32): i32 {
  return ((inChannels + chunk - 1) / chunk) * chunk;
}

/** Bytes from one point's weights to the next point's. */
@inline
function pointBytes(outChannels: i32, padded: i32): usize {
  return <usize>(outChannels * padded + 4) << 2;
}

/**
 * Writes the transformed kernels G w Gᵀ as [chunk][point][out][channel of the chunk]. Rows of `weight` are
 * [kernel column][in].
 */
export function winogradPack(
  packed: usize,
  weight: usize,
  scratch: usize,
  outChannels: i32,
  inChannels: i32,
  rowStride: i32,
): void {
  const chunk = chunkOf(inChannels);
  const line = <usize>rowStride << 2;
  const pixel = <usize>inChannels << 2;
  const next = pointBytes(outChannels, chunk);
  for (let first = 0; first < inChannels; first += chunk) {
    for (let out = 0; out < outChannels; out++) {
      const kernel = weight + <usize>(out * 5) * line + (<usize>first << 2);
      for (let i = 0; i < chunk; i += 4) {
        // Values past the last channel belong to the next kernel column.
        const mask = firstLanes(inChannels - first - i);
        for (let c: usize = 0; c < 5; c++) {
          const w = kernel + c * pixel + (<usize>i << 2);
          transformKernel(
            scratch + c * TILE * VECTOR,
            v128.and(v128.load(w), mask),
            v128.and(v128.load(w + line), mask),
            v128.and(v128.load(w + 2 * line), mask),
            v128.and(v128.load(w + 3 * line), mask),
            v128.and(v128.load(w + 4 * line), mask),
          );
        }
        const row = scratch + 5 * TILE * VECTOR;
        let to = packed + (<usize>(out * chunk + i) << 2);
        for (let r: usize = 0; r < TILE; r++) {
          const column = scratch + r * VECTOR;
          transformKernel(
            row,
            v128.load(column),
            v128.load(column, 128),
            v128.load(column, 256),
            v128.load(column, 384),
            v128.load(column, 512),
          );
          for (let c: usize = 0; c < TILE * VECTOR; c += VECTOR) {
            v128.store(to, v128.load(row + c));
            to += next;
          }
        }
      }
    }
    packed += next * POINTS;
  }
}

/**
 * y = relu(scale · max over the window (bias + convolution)), see `convPoolForward`, in the first `tileCount` tiles of
 * 2×2 windows, row by row. There must be at least 2 rows and 2 columns of windows. `table` is not packed. Among values
 * that are equal but for rounding, rounding decides which one is the maximum.
 */
export function winogradConvPoolForward(
  x: usize,
  packed: usize,
  bias: usize,
  table: usize,
  y: usize,
  argmax: usize,
  live: usize,
  scratch: usize,
  inRows: i32,
  inColumns: i32,
  inChannels: i32,
  outChannels: i32,
  tileCount: i32,
  scale: f32,
): void {
  const rows = (inRows - 4) >> 1;
  const columns = (inColumns - 4) >> 1;
  const count = live ? load<i32>(live) : outChannels;
  if (live) {
    memory.fill(y, 0, <usize>(rows * columns * outChannels) << 2);
    if (argmax) memory.fill(argmax, <u8>NO_ARGMAX, <usize>(rows * columns * outChannels));
  }
  const chunk = chunkOf(inChannels);
  const padded = paddedTo(inChannels, chunk);
  const constants = scratch;
  const tilePositions = constants + CONSTANTS_BYTES;
  const coords = tilePositions + 4 * VECTOR;
  const channels = coords + 2 * OUT_TILE * VECTOR;
  const tiles = channels + (<usize>((outChannels + 3) & ~3) << 2);
  const values = tiles + 5 * TILE_BYTES;
  const sums = values + <usize>padded * TILE_BYTES;
  storeConstants(constants);
  for (let at = 0; at < count; at++) {
    store<i32>(channels + (<usize>at << 2), (liveChannel(live, at) * chunk) << 2);
  }
  const scales = f32x4.splat(scale);
  const tableBytes = <usize>((inRows + inColumns - 8 + 3) & ~3) << 2;
  const chunkBytes = pointBytes(outChannels, chunk) * POINTS;
  for (let first = 0; first < tileCount; first += <i32>TILES) {
    locateTiles(tilePositions, first, tileCount - 1, rows, columns, inColumns, inChannels, outChannels);
    transformTiles(values, x, tilePositions, tiles, constants, inColumns, inChannels, padded);
    multiply(sums, values, packed, channels, count, outChannels, padded, chunk, false);
    for (let i = chunk; i < padded; i += chunk) {
      const weights = packed + <usize>(i / chunk) * chunkBytes;
      multiply(sums, values + <usize>i * VECTOR, weights, channels, count, outChannels, padded, chunk, true);
    }
    for (let at = 0; at < count; at++) {
      const channel = liveChannel(live, at);
      const biases = v128.load32_splat(bias + (<usize>channel << 2));
      if (table) coordsOfTiles(coords, table + <usize>channel * tableBytes, tilePositions, inRows - 4);
      poolTiles(
        sums + <usize>at * SUMS_BYTES, tiles, constants, tilePositions, y, argmax,
        biases, scales, channel, columns, outChannels, table ? coords : 0,
      );
    }
  }
}

/** Writes per tile: the byte offset of its input, the index of its output, its first row and its first column. */
function locateTiles(
  tilePositions: usize, first: i32, last: i32, rows: i32, columns: i32,
  inColumns: i32, inChannels: i32, outChannels: i32,
): void {
  const across = (columns + 1) >> 1;
  for (let lane = 0; lane < <i32>TILES; lane++) {
    // Lanes past the last tile repeat it. The last tile of a row or column may overlap the one before.
    const tile = min(first + lane, last);
    const r = min(2 * (tile / across), rows - 2);
    const c = min(2 * (tile % across), columns - 2);
    const to = tilePositions + (<usize>lane << 2);
    store<i32>(to, ((2 * r * inColumns + 2 * c) * inChannels) << 2);
    store<i32>(to, (r * columns + c) * outChannels, 16);
    store<i32>(to, 2 * r, 32);
    store<i32>(to, 2 * c, 48);
  }
}

/** Bᵀ x B of four tiles, as [point][channel][tile]. */
function transformTiles(
  to: usize, x: usize, tilePositions: usize, tiles: usize, constants: usize,
  inColumns: i32, inChannels: i32, padded: i32,
): void {
  const pixel = <usize>inChannels << 2;
  const line = <usize>inColumns * pixel;
  const half = tiles + 4 * TILE_BYTES;
  const next = <usize>padded * VECTOR;
  for (let channel = 0; channel < inChannels; channel += 4) {
    for (let tile: usize = 0; tile < TILES; tile++) {
      let from = x + <usize>load<i32>(tilePositions + (tile << 2)) + (<usize>channel << 2);
      for (let c: usize = 0; c < TILE * TILE * VECTOR; c += TILE * VECTOR) {
        const below = from + 4 * line;
        transformInput(
          half + c, constants,
          v128.load(from), v128.load(from + line), v128.load(from + 2 * line), v128.load(from + 3 * line),
          v128.load(below), v128.load(below + line), v128.load(below + 2 * line), v128.load(below + 3 * line),
        );
        from += pixel;
      }
      const whole = tiles + tile * TILE_BYTES;
      for (let r: usize = 0; r < TILE; r++) {
        const row = half + r * VECTOR;
        transformInput(
          whole + r * (TILE * VECTOR), constants,
          v128.load(row), v128.load(row, 128), v128.load(row, 256), v128.load(row, 384),
          v128.load(row, 512), v128.load(row, 640), v128.load(row, 768), v128.load(row, 896),
        );
      }
    }
    const last = inChannels - channel;
    let at = to + <usize>channel * VECTOR;
    for (let point: usize = 0; point < TILE_BYTES; point += VECTOR) {
      const from = tiles + point;
      const a = v128.load(from);
      const b = v128.load(from, 1024);
      const c = v128.load(from, 2048);
      const d = v128.load(from, 3072);
      const lowAb = lowLanes(a, b);
      const lowCd = lowLanes(c, d);
      v128.store(at, lowPairs(lowAb, lowCd));
      if (last > 1) v128.store(at, highPairs(lowAb, lowCd), 16);
      if (last > 2) {
        const highAb = highLanes(a, b);
        const highCd = highLanes(c, d);
        v128.store(at, lowPairs(highAb, highCd), 32);
        if (last > 3) v128.store(at, highPairs(highAb, highCd), 48);
      }
      at += next;
    }
  }
  if (padded > inChannels) clearPadding(to, inChannels, padded);
}

function clearPadding(to: usize, inChannels: i32, padded: i32): void {
  const bytes = <usize>(padded - inChannels) * VECTOR;
  to += <usize>inChannels * VECTOR;
  for (let point: usize = 0; point < POINTS; point++) {
    memory.fill(to, 0, bytes);
    to += <usize>padded * VECTOR;
  }
}

@inline
function multiply(
  sums: usize, v: usize, u: usize, channels: usize, count: i32,
  outChannels: i32, padded: i32, chunk: i32, adds: bool,
): void {
  const next = pointBytes(outChannels, chunk);
  if (chunk == 10) multiplyTen(sums, v, u, channels, count, next, <usize>padded * VECTOR, adds);
  else multiplyEight(sums, v, u, channels, count, next, <usize>padded * VECTOR, adds);
}

/** sums[out][point] = Σ over ten input channels of value · weight, or += that if `adds`. */
function multiplyTen(
  sums: usize, v: usize, u: usize, channels: usize, count: i32, weightStep: usize, valueStep: usize, adds: bool,
): void {
  const end = channels + (<usize>count << 2);
  for (let point: usize = 0; point < POINTS; point++) {
    const v0 = v128.load(v);
    const v1 = v128.load(v, 16);
    const v2 = v128.load(v, 32);
    const v3 = v128.load(v, 48);
    const v4 = v128.load(v, 64);
    const v5 = v128.load(v, 80);
    const v6 = v128.load(v, 96);
    const v7 = v128.load(v, 112);
    const v8 = v128.load(v, 128);
    const v9 = v128.load(v, 144);
    let to = sums;
    for (let at = channels; at < end; at += 4) {
      const w = u + <usize>load<u32>(at);
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      const w2 = v128.load64_zero(w, 32);
      let sum = f32x4.mul(v0, lane0(w0));
      sum = fma(v1, lane1(w0), sum);
      sum = fma(v2, lane2(w0), sum);
      sum = fma(v3, lane3(w0), sum);
      sum = fma(v4, lane0(w1), sum);
      sum = fma(v5, lane1(w1), sum);
      sum = fma(v6, lane2(w1), sum);
      sum = fma(v7, lane3(w1), sum);
      sum = fma(v8, lane0(w2), sum);
      sum = fma(v9, lane1(w2), sum);
      if (adds) addVector(to, sum);
      else v128.store(to, sum);
      to += SUMS_BYTES;
    }
    sums += VECTOR;
    u += weightStep;
    v += valueStep;
  }
}

/** `multiplyTen` for eight input channels. */
function multiplyEight(
  sums: usize, v: usize, u: usize, channels: usize, count: i32, weightStep: usize, valueStep: usize, adds: bool,
): void {
  const end = channels + (<usize>count << 2);
  for (let point: usize = 0; point < POINTS; point++) {
    const v0 = v128.load(v);
    const v1 = v128.load(v, 16);
    const v2 = v128.load(v, 32);
    const v3 = v128.load(v, 48);
    const v4 = v128.load(v, 64);
    const v5 = v128.load(v, 80);
    const v6 = v128.load(v, 96);
    const v7 = v128.load(v, 112);
    let to = sums;
    for (let at = channels; at < end; at += 4) {
      const w = u + <usize>load<u32>(at);
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      let sum = f32x4.mul(v0, lane0(w0));
      sum = fma(v1, lane1(w0), sum);
      sum = fma(v2, lane2(w0), sum);
      sum = fma(v3, lane3(w0), sum);
      sum = fma(v4, lane0(w1), sum);
      sum = fma(v5, lane1(w1), sum);
      sum = fma(v6, lane2(w1), sum);
      sum = fma(v7, lane3(w1), sum);
      if (adds) addVector(to, sum);
      else v128.store(to, sum);
      to += SUMS_BYTES;
    }
    sums += VECTOR;
    u += weightStep;
    v += valueStep;
  }
}

@inline
function lane0(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 0, 0, 0, 0);
}

@inline
function lane1(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 1, 1, 1, 1);
}

@inline
function lane2(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 2, 2, 2, 2);
}

@inline
function lane3(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 3, 3, 3, 3);
}

/** Aᵀ (sums) A of one channel in four tiles; then pools and stores their windows. */
function poolTiles(
  sums: usize, scratch: usize, constants: usize, tilePositions: usize,
  y: usize, argmax: usize, bias: v128, scales: v128, channel: i32, columns: i32, outChannels: i32, coords: usize,
): void {
  for (let c: usize = 0; c < TILE; c++) {
    const m = sums + c * VECTOR;
    transformOutput(
      scratch + c * (OUT_TILE * VECTOR), constants,
      v128.load(m), v128.load(m, 128), v128.load(m, 256), v128.load(m, 384),
      v128.load(m, 512), v128.load(m, 640), v128.load(m, 768), v128.load(m, 896),
    );
  }
  const tile = scratch + TILE * OUT_TILE * VECTOR;
  for (let r: usize = 0; r < OUT_TILE; r++) {
    const m = scratch + r * VECTOR;
    transformOutput(
      tile + r * (OUT_TILE * VECTOR), constants,
      v128.load(m), v128.load(m, 64), v128.load(m, 128), v128.load(m, 192),
      v128.load(m, 256), v128.load(m, 320), v128.load(m, 384), v128.load(m, 448),
    );
  }
  if (coords) addCoords(tile, coords);
  for (let r = 0; r < 2; r++) {
    for (let c = 0; c < 2; c++) {
      const window = tile + <usize>(8 * r + 2 * c) * VECTOR;
      const v0 = v128.load(window);
      const v1 = v128.load(window, 16);
      const v2 = v128.load(window, 64);
      const v3 = v128.load(window, 80);
      const value = f32x4.mul(f32x4.add(largest(v0, v1, v2, v3), bias), scales);
      // NaN ≤ 0 is false, so NaN stays NaN: a network that diverged shows it.
      const dead = f32x4.le(value, f32x4.splat(0));
      const shift = (r * columns + c) * outChannels + channel;
      storeValues(tilePositions, shift, y, v128.andnot(value, dead));
      if (argmax) storeArgmax(tilePositions, shift, argmax, v128.or(argmaxOffset(v0, v1, v2, v3), dead));
    }
  }
}

/** Stores each tile's value at its own position. */
@inline
function storeValues(tilePositions: usize, shift: i32, y: usize, value: v128): void {
  v128.store_lane<f32>(y + (<usize>(load<i32>(tilePositions, 16) + shift) << 2), value, 0);
  v128.store_lane<f32>(y + (<usize>(load<i32>(tilePositions, 20) + shift) << 2), value, 1);
  v128.store_lane<f32>(y + (<usize>(load<i32>(tilePositions, 24) + shift) << 2), value, 2);
  v128.store_lane<f32>(y + (<usize>(load<i32>(tilePositions, 28) + shift) << 2), value, 3);
}

@inline
function storeArgmax(tilePositions: usize, shift: i32, argmax: usize, offset: v128): void {
  v128.store_lane<u8>(argmax + <usize>(load<i32>(tilePositions, 16) + shift), offset, 0);
  v128.store_lane<u8>(argmax + <usize>(load<i32>(tilePositions, 20) + shift), offset, 4);
  v128.store_lane<u8>(argmax + <usize>(load<i32>(tilePositions, 24) + shift), offset, 8);
  v128.store_lane<u8>(argmax + <usize>(load<i32>(tilePositions, 28) + shift), offset, 12);
}

/** Adds what coordinate channels contribute to the rows and columns of four tiles. */
function addCoords(tile: usize, coords: usize): void {
  for (let r: usize = 0; r < OUT_TILE; r++) {
    const row = v128.load(coords + r * VECTOR);
    for (let c: usize = 0; c < OUT_TILE; c++) {
      addVector(tile, f32x4.add(row, v128.load(coords + c * VECTOR, 64)));
      tile += VECTOR;
    }
  }
}

/** Copies from one channel's table the values of four tiles' rows, then of their columns. */
function coordsOfTiles(coords: usize, table: usize, tilePositions: usize, rows: i32): void {
  for (let tile: usize = 0; tile < TILES; tile++) {
    const to = coords + (tile << 2);
    const row = table + (<usize>load<i32>(tilePositions + (tile << 2), 32) << 2);
    const column = table + (<usize>(rows + load<i32>(tilePositions + (tile << 2), 48)) << 2);
    for (let i: usize = 0; i < OUT_TILE; i++) {
      store<f32>(to + i * VECTOR, load<f32>(row + (i << 2)));
      store<f32>(to + i * VECTOR, load<f32>(column + (i << 2)), 64);
    }
  }
}
