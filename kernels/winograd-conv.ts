// Convolution with a 3×3 kernel by Winograd's minimal filtering F(4×4, 3×3): from 6×6 values of the padded map, 4×4
// values of the result, in 36 products per pair of channels instead of 144.
//
//   Y = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ x B)] A,   dL/dw = Gᵀ [(Bᵀ x B) ⊙ (A g Aᵀ)] G
//
// with the interpolation points 0, ±1, ±2 and ∞. In float32 the errors are some 5 times those of the plain sum. Lanes
// hold channels. Between the transforms are the products, winograd-products.ts.

import { SHARDS } from "../src/engine/control";
import { ended } from "./ending";
import { addScalar, firstLanes, fma, storeLanes } from "./simd";
import { multiplyGradients, multiplyTiles } from "./winograd-products";

const VECTOR: usize = 16;
/** Side of a tile of the result, and of the map. */
const OUT_TILE = 4;
const TILE = 6;
const POINTS = 36;
/** Bytes of a row of a transformed tile, and of half-transformed values. */
const ROW: usize = 96;
/** Constants that the transforms load: V8 would build a literal again each time. */
const CONSTANTS_BYTES: usize = 96;
/** The constants, then one tile before and after its first transform. */
const WORK_BYTES: usize = CONSTANTS_BYTES + 2 * <usize>POINTS * VECTOR;

function storeConstants(to: usize): void {
  v128.store(to, f32x4.splat(4));
  v128.store(to, f32x4.splat(-5), 16);
  v128.store(to, f32x4.splat(2), 32);
  v128.store(to, f32x4.splat(8), 48);
  v128.store(to, f32x4.splat(-4), 64);
  v128.store(to, f32x4.splat(-2), 80);
}

@inline
function padded(channels: i32): i32 {
  return (channels + 3) & ~3;
}

/** Values of one point's packed weights: blocks of 8 channels, the last one of 4 or 8. */
@inline
function pointWeights(outChannels: i32, inChannels: i32): i32 {
  return padded(outChannels) * inChannels;
}

/** Bᵀ x: 6 values to 6, stored `step` bytes apart. */
@inline
function transformInput(
  to: usize, step: usize, constants: usize, x0: v128, x1: v128, x2: v128, x3: v128, x4: v128, x5: v128,
): void {
  const four = v128.load(constants);
  const minusFive = v128.load(constants, 16);
  v128.store(to, fma(x0, four, fma(x2, minusFive, x4)));
  v128.store(to + 5 * step, fma(x1, four, fma(x3, minusFive, x5)));
  const minusFour = v128.load(constants, 64);
  let even = fma(x2, minusFour, x4);
  let odd = fma(x1, minusFour, x3);
  v128.store(to + step, f32x4.add(even, odd));
  v128.store(to + 2 * step, f32x4.sub(even, odd));
  even = f32x4.sub(x4, x2);
  odd = f32x4.sub(x3, x1);
  odd = f32x4.add(odd, odd);
  v128.store(to + 3 * step, f32x4.add(even, odd));
  v128.store(to + 4 * step, f32x4.sub(even, odd));
}

/** Aᵀ m: 6 values to 4, stored `step` bytes apart. */
@inline
function transformOutput(
  to: usize, step: usize, constants: usize, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128,
): void {
  const sum1 = f32x4.add(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  const difference1 = f32x4.sub(m1, m2);
  const difference2 = f32x4.sub(m3, m4);
  v128.store(to, f32x4.add(f32x4.add(m0, sum1), sum2));
  v128.store(to + step, fma(difference2, v128.load(constants, 32), difference1));
  v128.store(to + 2 * step, fma(sum2, v128.load(constants), sum1));
  v128.store(to + 3 * step, f32x4.add(fma(difference2, v128.load(constants, 48), difference1), m5));
}

/** A g: 4 values to 6, stored `step` bytes apart. */
@inline
function transformGradient(to: usize, step: usize, constants: usize, g0: v128, g1: v128, g2: v128, g3: v128): void {
  v128.store(to, g0);
  v128.store(to + 5 * step, g3);
  let even = f32x4.add(g0, g2);
  let odd = f32x4.add(g1, g3);
  v128.store(to + step, f32x4.add(even, odd));
  v128.store(to + 2 * step, f32x4.sub(even, odd));
  const four = v128.load(constants);
  even = fma(g2, four, g0);
  odd = fma(g3, four, g1);
  odd = f32x4.add(odd, odd);
  v128.store(to + 3 * step, f32x4.add(even, odd));
  v128.store(to + 4 * step, f32x4.sub(even, odd));
}

/** G w: 3 values to 6, stored `step` bytes apart. */
@inline
function transformKernel(to: usize, step: usize, w0: v128, w1: v128, w2: v128): void {
  v128.store(to, f32x4.mul(w0, f32x4.splat(0.25)));
  v128.store(to + 5 * step, w2);
  const sixth = f32x4.splat(-1 / 6.0);
  const outer = f32x4.add(w0, w2);
  v128.store(to + step, f32x4.mul(f32x4.add(outer, w1), sixth));
  v128.store(to + 2 * step, f32x4.mul(f32x4.sub(outer, w1), sixth));
  const even = fma(w0, f32x4.splat(1 / 24.0), f32x4.mul(w2, f32x4.splat(1 / 6.0)));
  const odd = f32x4.mul(w1, f32x4.splat(1 / 12.0));
  v128.store(to + 3 * step, f32x4.add(even, odd));
  v128.store(to + 4 * step, f32x4.sub(even, odd));
}

/** Gᵀ m: 6 values to 3, stored `step` bytes apart. */
@inline
function transformWeightGradient(
  to: usize, step: usize, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128,
): void {
  const sum1 = f32x4.mul(f32x4.add(m1, m2), f32x4.splat(-1 / 6.0));
  const sum2 = f32x4.add(m3, m4);
  v128.store(to, fma(m0, f32x4.splat(0.25), fma(sum2, f32x4.splat(1 / 24.0), sum1)));
  const difference = f32x4.mul(f32x4.sub(m2, m1), f32x4.splat(1 / 6.0));
  v128.store(to + step, fma(f32x4.sub(m3, m4), f32x4.splat(1 / 12.0), difference));
  v128.store(to + 2 * step, f32x4.add(fma(sum2, f32x4.splat(1 / 6.0), sum1), m5));
}

/**
 * Writes G w Gᵀ as [point][block of result channels][channel of the map][channel of the block]. Rows of `weight` are
 * [kernel column][in]. With `flips`, for the gradient with respect to the map: taps are in reverse order, and blocks
 * are of the map's channels.
 */
export function winogradConvPack(
  packed: usize,
  weight: usize,
  scratch: usize,
  outChannels: i32,
  inChannels: i32,
  rowStride: i32,
  flips: i32,
): void {
  const line = <usize>rowStride << 2;
  const tap = <usize>inChannels << 2;
  const point = <usize>(flips ? pointWeights(inChannels, outChannels) : pointWeights(outChannels, inChannels)) << 2;
  const half = scratch + CONSTANTS_BYTES;
  const whole = half + <usize>POINTS * VECTOR;
  // Lanes of the last block that have no channel.
  memory.fill(packed, 0, point * POINTS);
  for (let o = 0; o < outChannels; o++) {
    for (let i = 0; i < inChannels; i += 4) {
      const mask = firstLanes(inChannels - i);
      const corner = weight + <usize>(3 * o) * line + (<usize>i << 2);
      for (let v: usize = 0; v < 3; v++) {
        const w = corner + (flips ? 2 - v : v) * tap;
        const w0 = v128.and(v128.load(w), mask);
        const w1 = v128.and(v128.load(w + line), mask);
        const w2 = v128.and(v128.load(w + 2 * line), mask);
        const to = half + v * VECTOR;
        if (flips) transformKernel(to, 48, w2, w1, w0);
        else transformKernel(to, 48, w0, w1, w2);
      }
      for (let r: usize = 0; r < <usize>TILE; r++) {
        const row = half + r * 48;
        transformKernel(whole + r * ROW, VECTOR, v128.load(row), v128.load(row, 16), v128.load(row, 32));
      }
      if (flips) storeFlipped(packed, whole, point, i, o, inChannels, outChannels);
      else storeKernels(packed, whole, point, i, o, inChannels, outChannels);
    }
  }
}

/** Address of a block of channels, and the bytes from one of its rows to the next. */
@inline
function blockOffset(channel: i32, depth: i32): usize {
  return <usize>((channel & ~7) * depth) << 2;
}

@inline
function blockWidth(channel: i32, channels: i32): i32 {
  return channels - (channel & ~7) > 4 ? 8 : 4;
}

/** Lanes are channels of the map, which are rows of the block. */
function storeKernels(packed: usize, from: usize, point: usize, i: i32, o: i32, inChannels: i32, outChannels: i32): void {
  const step = <usize>blockWidth(o, outChannels) << 2;
  let to = packed + blockOffset(o, inChannels) + <usize>i * step + (<usize>(o & 7) << 2);
  const left = inChannels - i;
  for (let p = 0; p < POINTS; p++) {
    const v = v128.load(from);
    v128.store_lane<f32>(to, v, 0);
    if (left > 1) v128.store_lane<f32>(to + step, v, 1);
    if (left > 2) v128.store_lane<f32>(to + 2 * step, v, 2);
    if (left > 3) v128.store_lane<f32>(to + 3 * step, v, 3);
    from += VECTOR;
    to += point;
  }
}

/** Lanes are channels of the block. */
function storeFlipped(packed: usize, from: usize, point: usize, i: i32, o: i32, inChannels: i32, outChannels: i32): void {
  const step = <usize>blockWidth(i, inChannels) << 2;
  let to = packed + blockOffset(i, outChannels) + <usize>o * step + (<usize>(i & 7) << 2);
  for (let p = 0; p < POINTS; p++) {
    v128.store(to, v128.load(from));
    from += VECTOR;
    to += point;
  }
}

/**
 * Convolution of a padded map whose sides are 4 · tiles + 2. `tilesAtOnce` tiles are computed together, so that their
 * values stay in the cache. `scratch` has room for the constants, the tiles' values, and the tiles' sums.
 */
export function winogradConvForward(
  x: usize,
  packed: usize,
  bias: usize,
  y: usize,
  scratch: usize,
  rows: i32,
  columns: i32,
  inChannels: i32,
  outChannels: i32,
  tilesAtOnce: i32,
  ending: i32,
): void {
  storeConstants(scratch);
  const values = scratch + WORK_BYTES;
  const sums = values + (<usize>(POINTS * tilesAtOnce * padded(inChannels)) << 2);
  const across = (columns + 3) >> 2;
  const tiles = across * ((rows + 3) >> 2);
  for (let first = 0; first < tiles; first += tilesAtOnce) {
    const count = min(tilesAtOnce, tiles - first);
    transformMap(values, x, scratch, first, count, across, inChannels);
    multiplyTiles(values, packed, sums, POINTS, padded(count), inChannels, padded(outChannels));
    transformSums(y, sums, bias, scratch, first, count, across, rows, columns, outChannels, ending);
  }
}

/** Bᵀ x B of `count` tiles from `first` on, as [point][tile][channel], with room for whole groups of 4 tiles. */
function transformMap(
  to: usize, x: usize, scratch: usize, first: i32, count: i32, across: i32, channels: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>(4 * across + 2) * pixel;
  const depth = <usize>padded(channels) << 2;
  const next = <usize>padded(count) * depth;
  const half = scratch + CONSTANTS_BYTES;
  for (let tile = 0; tile < count; tile++) {
    const at = first + tile;
    const corner = x + <usize>(4 * (at / across)) * line + <usize>(4 * (at % across)) * pixel;
    for (let i: usize = 0; i < depth; i += VECTOR) {
      let from = corner + i;
      for (let c: usize = 0; c < <usize>TILE; c++) {
        const below = from + 3 * line;
        transformInput(
          half + c * VECTOR, ROW, scratch,
          v128.load(from), v128.load(from + line), v128.load(from + 2 * line),
          v128.load(below), v128.load(below + line), v128.load(below + 2 * line),
        );
        from += pixel;
      }
      let point = to + <usize>tile * depth + i;
      for (let r: usize = 0; r < <usize>TILE; r++) {
        const row = half + r * ROW;
        transformInput(
          point, next, scratch,
          v128.load(row), v128.load(row, 16), v128.load(row, 32),
          v128.load(row, 48), v128.load(row, 64), v128.load(row, 80),
        );
        point += 6 * next;
      }
    }
  }
}

/** y = bias + Aᵀ (sums) A of `count` tiles from `first` on, stored as `ending` says. */
function transformSums(
  y: usize, sums: usize, bias: usize, scratch: usize, first: i32, count: i32, across: i32,
  rows: i32, columns: i32, channels: i32, ending: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>columns * pixel;
  const width = <usize>padded(channels) << 2;
  const next = <usize>padded(count) * width;
  const half = scratch + CONSTANTS_BYTES;
  const whole = half + <usize>POINTS * VECTOR;
  for (let tile = 0; tile < count; tile++) {
    const r = 4 * ((first + tile) / across);
    const c = 4 * ((first + tile) % across);
    const height = min(OUT_TILE, rows - r);
    const length = min(OUT_TILE, columns - c);
    const corner = y + <usize>r * line + <usize>c * pixel;
    for (let o = 0; o < channels; o += 4) {
      const lanes = channels - o;
      let point = sums + <usize>tile * width + (<usize>o << 2);
      for (let v: usize = 0; v < <usize>TILE; v++) {
        transformOutput(
          half + v * VECTOR, ROW, scratch,
          v128.load(point), v128.load(point + 6 * next), v128.load(point + 12 * next),
          v128.load(point + 18 * next), v128.load(point + 24 * next), v128.load(point + 30 * next),
        );
        point += next;
      }
      for (let u = 0; u < height; u++) {
        const row = half + <usize>u * ROW;
        transformOutput(
          whole, VECTOR, scratch,
          v128.load(row), v128.load(row, 16), v128.load(row, 32),
          v128.load(row, 48), v128.load(row, 64), v128.load(row, 80),
        );
        storeRow(corner + <usize>u * line + (<usize>o << 2), whole, bias, o, length, pixel, lanes, ending);
      }
    }
  }
}

@inline
function storeRow(
  to: usize, from: usize, bias: usize, o: i32, length: i32, pixel: usize, lanes: i32, ending: i32,
): void {
  for (let v = 0; v < length; v++) {
    let value = v128.load(from);
    if (bias) value = f32x4.add(value, v128.load(bias + (<usize>o << 2)));
    storeLanes(to, ended(to, value, ending), lanes);
    from += VECTOR;
    to += pixel;
  }
}

/**
 * Adds (Bᵀ x B) ⊙ (A g Aᵀ), summed over tiles, to the shard's sums [point][channel of the map][channel of the result].
 * `x` is padded as in `winogradConvForward`; `scratch` has room for the constants and both transforms of the tiles.
 */
export function winogradConvWeightGradient(
  x: usize,
  gy: usize,
  shardSums: usize,
  scratch: usize,
  rows: i32,
  columns: i32,
  inChannels: i32,
  outChannels: i32,
  tilesAtOnce: i32,
): void {
  storeConstants(scratch);
  const values = scratch + WORK_BYTES;
  const gradients = values + (<usize>(POINTS * tilesAtOnce * padded(inChannels)) << 2);
  const across = (columns + 3) >> 2;
  const tiles = across * ((rows + 3) >> 2);
  for (let first = 0; first < tiles; first += tilesAtOnce) {
    const count = min(tilesAtOnce, tiles - first);
    transformMap(values, x, scratch, first, count, across, inChannels);
    transformGradients(gradients, gy, scratch, first, count, across, rows, columns, outChannels);
    multiplyGradients(values, gradients, shardSums, POINTS, count, padded(inChannels), padded(outChannels));
  }
}

/** A g Aᵀ of `count` tiles from `first` on, as [point][tile][channel]; g is 0 outside the map. */
function transformGradients(
  to: usize, gy: usize, scratch: usize, first: i32, count: i32, across: i32, rows: i32, columns: i32, channels: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>columns * pixel;
  const width = <usize>padded(channels) << 2;
  const next = <usize>padded(count) * width;
  const half = scratch + CONSTANTS_BYTES;
  const none = f32x4.splat(0);
  for (let tile = 0; tile < count; tile++) {
    const r = 4 * ((first + tile) / across);
    const c = 4 * ((first + tile) % across);
    const height = rows - r;
    const length = columns - c;
    const corner = gy + <usize>r * line + <usize>c * pixel;
    for (let o: usize = 0; o < width; o += VECTOR) {
      for (let v: usize = 0; v < <usize>OUT_TILE; v++) {
        const from = corner + v * pixel + o;
        const isInside = <i32>v < length;
        transformGradient(
          half + v * VECTOR, 64, scratch,
          isInside ? v128.load(from) : none,
          isInside && height > 1 ? v128.load(from + line) : none,
          isInside && height > 2 ? v128.load(from + 2 * line) : none,
          isInside && height > 3 ? v128.load(from + 3 * line) : none,
        );
      }
      let point = to + <usize>tile * width + o;
      for (let u: usize = 0; u < <usize>TILE; u++) {
        const row = half + u * 64;
        transformGradient(
          point, next, scratch, v128.load(row), v128.load(row, 16), v128.load(row, 32), v128.load(row, 48),
        );
        point += 6 * next;
      }
    }
  }
}

/** Once per step: gw += Gᵀ (Σ over shards of their sums) G, in the order of the shards. */
export function winogradConvWeightGradientEnd(
  shardSums: usize,
  gWeight: usize,
  scratch: usize,
  inChannels: i32,
  outChannels: i32,
  rowStride: i32,
  shardBytes: usize,
): void {
  const width = padded(outChannels);
  const next = <usize>(padded(inChannels) * width) << 2;
  const line = <usize>rowStride << 2;
  const whole = scratch + CONSTANTS_BYTES;
  const half = whole + <usize>POINTS * VECTOR;
  for (let i = 0; i < inChannels; i++) {
    for (let o = 0; o < outChannels; o += 4) {
      const from = shardSums + (<usize>(i * width + o) << 2);
      for (let p: usize = 0; p < <usize>POINTS; p++) {
        const at = from + p * next;
        let sum = v128.load(at);
        for (let shard: usize = 1; shard < <usize>SHARDS; shard++) {
          sum = f32x4.add(sum, v128.load(at + shard * shardBytes));
        }
        v128.store(whole + p * VECTOR, sum);
      }
      for (let v: usize = 0; v < <usize>TILE; v++) {
        const m = whole + v * VECTOR;
        transformWeightGradient(
          half + v * VECTOR, ROW,
          v128.load(m), v128.load(m, 96), v128.load(m, 192), v128.load(m, 288), v128.load(m, 384), v128.load(m, 480),
        );
      }
      for (let u: usize = 0; u < 3; u++) {
        const row = half + u * ROW;
        transformWeightGradient(
          whole, VECTOR,
          v128.load(row), v128.load(row, 16), v128.load(row, 32), v128.load(row, 48), v128.load(row, 64), v128.load(row, 80),
        );
        const to = gWeight + <usize>(3 * o + u) * line + (<usize>i << 2);
        for (let v: usize = 0; v < 3; v++) {
          addToKernels(to + ((v * <usize>inChannels) << 2), v128.load(whole + v * VECTOR), outChannels - o, 3 * line);
        }
      }
    }
  }
}

/** Adds lanes to the weights of successive result channels. */
@inline
function addToKernels(to: usize, v: v128, lanes: i32, step: usize): void {
  addScalar(to, f32x4.extract_lane(v, 0));
  if (lanes > 1) addScalar(to + step, f32x4.extract_lane(v, 1));
  if (lanes > 2) addScalar(to + 2 * step, f32x4.extract_lane(v, 2));
  if (lanes > 3) addScalar(to + 3 * step, f32x4.extract_lane(v, 3));
}
