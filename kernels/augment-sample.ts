// Loads an image of bytes through a map of its pixels, bilinearly. Outside the image all bytes are 0.

import { Control } from "../src/engine/control";
import { control } from "./control";
import { fma, storeLanes } from "./simd";

/** Pixels around a padded image: one before, two behind, so that no tap needs a test. */
const BORDER = 3;

const LANES = memory.data<f32>([0, 1, 2, 3]);

/**
 * @param padded bytes of (rows + 3)×(columns + 3) pixels whose border is 0
 * @param map see `augmentMap`
 * @param field displacements to the right, then down, `fieldStride` per row and `fieldPlane` in all; 0 for none
 * @param projective whether the map's last row is not 0, 0, 1
 */
export function augmentSample(
  to: usize,
  padded: usize,
  map: usize,
  field: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  projective: i32,
  fieldStride: i32,
  fieldPlane: i32,
  image: usize,
): void {
  const stride = columns + BORDER;
  padImage(padded, image, rows, columns, channels);
  const table = <usize>control(Control.PixelTable);
  const zero = load<f32>(table);
  const zeros = v128.load_splat<f32>(table);
  const factors = f32x4.splat((load<f32>(table, 1020) - zero) / 255);
  const lanes = v128.load(LANES);
  const last = f32x4.splat(<f32>columns);
  const bottom = f32x4.splat(<f32>rows);
  const first = f32x4.splat(-1);
  const strides = i32x4.splat(stride);
  for (let r = 0; r < rows; r++) {
    const y = f32x4.splat(<f32>r);
    for (let c = 0; c < columns; c += 4) {
      const x = f32x4.add(f32x4.splat(<f32>c), lanes);
      let fromX = mapped(map, x, y);
      let fromY = mapped(map + 12, x, y);
      if (projective) {
        const w = mapped(map + 24, x, y);
        fromX = f32x4.div(fromX, w);
        fromY = f32x4.div(fromY, w);
      }
      if (field != 0) {
        const at = field + (<usize>(r * fieldStride + c) << 2);
        fromX = f32x4.add(fromX, v128.load(at));
        fromY = f32x4.add(fromY, v128.load(at + (<usize>fieldPlane << 2)));
      }
      fromX = f32x4.pmax(first, f32x4.pmin(last, fromX));
      fromY = f32x4.pmax(first, f32x4.pmin(bottom, fromY));
      const left = f32x4.floor(fromX);
      const top = f32x4.floor(fromY);
      const partX = f32x4.sub(fromX, left);
      const partY = f32x4.sub(fromY, top);
      const row = i32x4.mul(i32x4.add(i32x4.trunc_sat_f32x4_s(top), i32x4.splat(1)), strides);
      const pixel = i32x4.add(i32x4.add(row, i32x4.trunc_sat_f32x4_s(left)), i32x4.splat(1));
      if (channels == 1) {
        const p0 = padded + <usize>i32x4.extract_lane(pixel, 0);
        const p1 = padded + <usize>i32x4.extract_lane(pixel, 1);
        const p2 = padded + <usize>i32x4.extract_lane(pixel, 2);
        const p3 = padded + <usize>i32x4.extract_lane(pixel, 3);
        const above = pairsOf(p0, p1, p2, p3);
        const down = <usize>stride;
        const below = pairsOf(p0 + down, p1 + down, p2 + down, p3 + down);
        let v = zeros;
        if (v128.any_true(v128.or(above, below))) {
          v = fma(mixed(above, below, partX, partY), factors, zeros);
        }
        storeLanes(to + (<usize>(r * columns + c) << 2), v, columns - c);
      } else {
        sampleChannels(to, padded, r * columns + c, min(4, columns - c), channels, stride, pixel, partX, partY, factors, zeros);
      }
    }
  }
}

@inline
function mapped(row: usize, x: v128, y: v128): v128 {
  const constant = fma(v128.load_splat<f32>(row, 4), y, v128.load_splat<f32>(row, 8));
  return fma(v128.load_splat<f32>(row), x, constant);
}

/** Copies an image into its border. */
function padImage(padded: usize, image: usize, rows: i32, columns: i32, channels: i32): void {
  const bytes = <usize>(columns * channels);
  const step = <usize>((columns + BORDER) * channels);
  let to = padded + step + <usize>channels;
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 8 <= bytes; i += 8) store<u64>(to + i, load<u64>(image + i));
    for (; i < bytes; i++) store<u8>(to + i, load<u8>(image + i));
    image += bytes;
    to += step;
  }
}

/** Per lane a byte in bits 0 to 7 and the one to its right in bits 8 to 15. */
@inline
function pairsOf(p0: usize, p1: usize, p2: usize, p3: usize): v128 {
  let v = i32x4.splat(<i32>load<u16>(p0));
  v = i32x4.replace_lane(v, 1, <i32>load<u16>(p1));
  v = i32x4.replace_lane(v, 2, <i32>load<u16>(p2));
  return i32x4.replace_lane(v, 3, <i32>load<u16>(p3));
}

/** The value between four bytes, two above and two below. */
@inline
function mixed(above: v128, below: v128, partX: v128, partY: v128): v128 {
  const byte = i32x4.splat(255);
  const a0 = f32x4.convert_i32x4_s(v128.and(above, byte));
  const a1 = f32x4.convert_i32x4_s(i32x4.shr_u(above, 8));
  const b0 = f32x4.convert_i32x4_s(v128.and(below, byte));
  const b1 = f32x4.convert_i32x4_s(i32x4.shr_u(below, 8));
  const a = fma(partX, f32x4.sub(a1, a0), a0);
  const b = fma(partX, f32x4.sub(b1, b0), b0);
  return fma(partY, f32x4.sub(b, a), a);
}

/** Any number of channels: `count` pixels from `at` on, channel by channel. */
function sampleChannels(
  to: usize, padded: usize, at: i32, count: i32, channels: i32, stride: i32,
  pixel: v128, partX: v128, partY: v128, factors: v128, zeros: v128,
): void {
  const tables = control(Control.PixelTables);
  const down = <usize>(stride * channels);
  const p0 = padded + <usize>(i32x4.extract_lane(pixel, 0) * channels);
  const p1 = padded + <usize>(i32x4.extract_lane(pixel, 1) * channels);
  const p2 = padded + <usize>(i32x4.extract_lane(pixel, 2) * channels);
  const p3 = padded + <usize>(i32x4.extract_lane(pixel, 3) * channels);
  const step = <usize>channels << 2;
  let y = to + <usize>at * step;
  for (let channel: usize = 0; channel < <usize>channels; channel++) {
    const above = separatePairs(p0 + channel, p1 + channel, p2 + channel, p3 + channel, <usize>channels);
    const low = channel + down;
    const below = separatePairs(p0 + low, p1 + low, p2 + low, p3 + low, <usize>channels);
    if (tables > 1) {
      const table = <usize>control(Control.PixelTable) + (channel << 10);
      zeros = v128.load_splat<f32>(table);
      factors = f32x4.splat((load<f32>(table, 1020) - load<f32>(table)) / 255);
    }
    const v = fma(mixed(above, below, partX, partY), factors, zeros);
    v128.store_lane<f32>(y, v, 0);
    if (count > 1) v128.store_lane<f32>(y + step, v, 1);
    if (count > 2) v128.store_lane<f32>(y + 2 * step, v, 2);
    if (count > 3) v128.store_lane<f32>(y + 3 * step, v, 3);
    y += 4;
  }
}

/** As `pairsOf`, where the pixel to the right is `channels` bytes away. */
@inline
function separatePairs(p0: usize, p1: usize, p2: usize, p3: usize, channels: usize): v128 {
  let v = i32x4.splat(pairAt(p0, channels));
  v = i32x4.replace_lane(v, 1, pairAt(p1, channels));
  v = i32x4.replace_lane(v, 2, pairAt(p2, channels));
  return i32x4.replace_lane(v, 3, pairAt(p3, channels));
}

@inline
function pairAt(p: usize, channels: usize): i32 {
  return <i32>load<u8>(p) | (<i32>load<u8>(p + channels) << 8);
}
