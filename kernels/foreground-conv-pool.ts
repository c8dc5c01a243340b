// conv-pool.ts for a one-channel image whose background is skipped, see background.ts. Blocks have 10, 8 or up to 4
// channels. Windows are computed one by one, each with only the taps that see foreground.

import {
  addBackground, findForeground, firstsOf, offsetsOf, WINDOW, WINDOW_COLUMN, WINDOW_CORNER, WINDOW_NEXT, WINDOW_ROW,
  windowsOf,
} from "./background";
import { laneBias } from "./conv";
import { evenLanes, fma, oddLanes, pairs, twoPositions } from "./simd";
import { largest, scatterLanes, storeWindow, argmaxOffset } from "./pool-window";

/** Computes `count` channels: the first ones, or those of the list `live`. */
export function foregroundConvPool(
  x: usize, packed: usize, bias: usize, table: usize, background: usize, constant: f32,
  y: usize, argmax: usize, live: usize, count: i32,
  inRows: i32, inColumns: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  findForeground(background, x, constant, inRows, inColumns, kernel);
  const taps = kernel * kernel;
  const tableLength = inRows + inColumns - 2 * (kernel - 1);
  let first = 0;
  while (count - first > 4) {
    if (count - first == 9 || count - first == 10) {
      block10(packed, bias, table, background, constant, y, argmax, live, first, count, inRows, inColumns, outChannels, kernel, scale);
      return;
    }
    block8(packed, bias, table, background, constant, y, argmax, live, first, count, inRows, inColumns, outChannels, kernel, scale);
    packed += <usize>(taps * 8) << 2;
    if (table) table += <usize>(tableLength * 8) << 2;
    first += 8;
  }
  if (first >= count) return;
  block4(packed, bias, table, background, constant, y, argmax, live, first, count, inRows, inColumns, outChannels, kernel, scale);
}

function block8(
  packed: usize, bias: usize, table: usize, background: usize, constant: f32,
  y: usize, argmax: usize, live: usize, first: i32, count: i32,
  inRows: i32, inColumns: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const line = <usize>inColumns << 2;
  const columns = (inColumns - kernel + 1) >> 1;
  const taps = kernel * kernel;
  const biasA = addBackground(laneBias(bias, live, first, count), constant, packed, taps, 32);
  const biasB = addBackground(laneBias(bias, live, first + 4, count), constant, packed + 16, taps, 32);
  const scales = f32x4.splat(scale);
  const contiguous = !live && count - first >= 8;
  const lanesB = min(4, count - first - 4);
  const tableColumns = table + (<usize>(inRows - kernel + 1) << 5);
  const offsets = offsetsOf(background, inRows, inColumns);
  const firsts = firstsOf(background, inRows, inColumns, kernel);
  for (let at = 0; at <= taps; at++) {
    let window = <usize>load<u32>(firsts + (<usize>at << 2));
    while (window) {
      const r = load<u16>(window, WINDOW_ROW);
      const c = load<u16>(window, WINDOW_COLUMN);
      const corner = background + <usize>load<u32>(window, WINDOW_CORNER);
      let seen = load<u64>(window);
      window = <usize>load<u32>(window, WINDOW_NEXT);
      let a0 = f32x4.splat(0);
      let b0 = a0;
      let a1 = a0;
      let b1 = a0;
      let a2 = a0;
      let b2 = a0;
      let a3 = a0;
      let b3 = a0;
      if (table) {
        const row = table + (<usize>r << 6);
        const column = tableColumns + (<usize>c << 6);
        a0 = f32x4.add(v128.load(row), v128.load(column));
        b0 = f32x4.add(v128.load(row, 16), v128.load(column, 16));
        a1 = f32x4.add(v128.load(row), v128.load(column, 32));
        b1 = f32x4.add(v128.load(row, 16), v128.load(column, 48));
        a2 = f32x4.add(v128.load(row, 32), v128.load(column));
        b2 = f32x4.add(v128.load(row, 48), v128.load(column, 16));
        a3 = f32x4.add(v128.load(row, 32), v128.load(column, 32));
        b3 = f32x4.add(v128.load(row, 48), v128.load(column, 48));
      }
      while (seen) {
        const tap = <usize>ctz(seen);
        seen &= seen - 1;
        const w = packed + (tap << 5);
        const p = corner + <usize>load<u32>(offsets + (tap << 2));
        const q = p + line;
        const wa = v128.load(w);
        const wb = v128.load(w, 16);
        let v = v128.load_splat<f32>(p);
        a0 = fma(v, wa, a0);
        b0 = fma(v, wb, b0);
        v = v128.load_splat<f32>(p, 4);
        a1 = fma(v, wa, a1);
        b1 = fma(v, wb, b1);
        v = v128.load_splat<f32>(q);
        a2 = fma(v, wa, a2);
        b2 = fma(v, wb, b2);
        v = v128.load_splat<f32>(q, 4);
        a3 = fma(v, wa, a3);
        b3 = fma(v, wb, b3);
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
        const to = <usize>(position + first);
        v128.store(y + (to << 2), valueA);
        v128.store(y + (to << 2), valueB, 16);
        if (!argmax) continue;
        const offsetA = v128.or(argmaxOffset(a0, a1, a2, a3), deadA);
        const offsetB = v128.or(argmaxOffset(b0, b1, b2, b3), deadB);
        const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(offsetA, offsetB), offsetA);
        v128.store_lane<u64>(argmax + to, bytes, 0);
      } else {
        const offsetA = v128.or(argmaxOffset(a0, a1, a2, a3), deadA);
        const offsetB = v128.or(argmaxOffset(b0, b1, b2, b3), deadB);
        scatterLanes(y, argmax, live, position, first, 4, valueA, offsetA);
        scatterLanes(y, argmax, live, position, first + 4, lanesB, valueB, offsetB);
      }
    }
  }
}

/**
 * Eight channels as in `block8`, and one or two more in another vector: its lanes are two neighbouring positions of the
 * first, then of the second.
 */
function block10(
  packed: usize, bias: usize, table: usize, background: usize, constant: f32,
  y: usize, argmax: usize, live: usize, first: i32, count: i32,
  inRows: i32, inColumns: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const line = <usize>inColumns << 2;
  const columns = (inColumns - kernel + 1) >> 1;
  const taps = kernel * kernel;
  const packedC = packed + (<usize>taps << 5);
  const biasA = addBackground(laneBias(bias, live, first, count), constant, packed, taps, 32);
  const biasB = addBackground(laneBias(bias, live, first + 4, count), constant, packed + 16, taps, 32);
  const biasC = addBackground(laneBias(bias, live, first + 8, count), constant, packedC, taps, 16);
  const scales = f32x4.splat(scale);
  const contiguous = !live && count - first == 10;
  const tableColumns = table + (<usize>(inRows - kernel + 1) << 5);
  const tableC = table + (<usize>(inRows + inColumns - 2 * (kernel - 1)) << 5);
  const tableColumnsC = tableC + (<usize>(inRows - kernel + 1) << 4);
  const offsets = offsetsOf(background, inRows, inColumns);
  const firsts = firstsOf(background, inRows, inColumns, kernel);
  for (let at = 0; at <= taps; at++) {
    let window = <usize>load<u32>(firsts + (<usize>at << 2));
    while (window) {
      const r = load<u16>(window, WINDOW_ROW);
      const c = load<u16>(window, WINDOW_COLUMN);
      const corner = background + <usize>load<u32>(window, WINDOW_CORNER);
      let seen = load<u64>(window);
      window = <usize>load<u32>(window, WINDOW_NEXT);
      let a0 = f32x4.splat(0);
      let b0 = a0;
      let a1 = a0;
      let b1 = a0;
      let a2 = a0;
      let b2 = a0;
      let a3 = a0;
      let b3 = a0;
      let upper = a0;
      let lower = a0;
      if (table) {
        const row = table + (<usize>r << 6);
        const column = tableColumns + (<usize>c << 6);
        a0 = f32x4.add(v128.load(row), v128.load(column));
        b0 = f32x4.add(v128.load(row, 16), v128.load(column, 16));
        a1 = f32x4.add(v128.load(row), v128.load(column, 32));
        b1 = f32x4.add(v128.load(row, 16), v128.load(column, 48));
        a2 = f32x4.add(v128.load(row, 32), v128.load(column));
        b2 = f32x4.add(v128.load(row, 48), v128.load(column, 16));
        a3 = f32x4.add(v128.load(row, 32), v128.load(column, 32));
        b3 = f32x4.add(v128.load(row, 48), v128.load(column, 48));
        const positions = twoPositions(tableColumnsC + (<usize>c << 5));
        upper = f32x4.add(pairs(tableC + (<usize>r << 5)), positions);
        lower = f32x4.add(pairs(tableC + (<usize>r << 5) + 16), positions);
      }
      while (seen) {
        const tap = <usize>ctz(seen);
        seen &= seen - 1;
        const w = packed + (tap << 5);
        const p = corner + <usize>load<u32>(offsets + (tap << 2));
        const q = p + line;
        const wa = v128.load(w);
        const wb = v128.load(w, 16);
        let v = v128.load_splat<f32>(p);
        a0 = fma(v, wa, a0);
        b0 = fma(v, wb, b0);
        v = v128.load_splat<f32>(p, 4);
        a1 = fma(v, wa, a1);
        b1 = fma(v, wb, b1);
        // Never true, like the next branch: splits the body, as all its loads do not fit the registers, see simd.ts.
        if (!w) break;
        v = v128.load_splat<f32>(q);
        a2 = fma(v, wa, a2);
        b2 = fma(v, wb, b2);
        v = v128.load_splat<f32>(q, 4);
        a3 = fma(v, wa, a3);
        b3 = fma(v, wb, b3);
        if (!p) break;
        const wc = pairs(packedC + (tap << 4));
        upper = fma(v128.load_splat<u64>(p), wc, upper);
        lower = fma(v128.load_splat<u64>(q), wc, lower);
      }
      const c0 = evenLanes(upper, upper);
      const c1 = oddLanes(upper, upper);
      const c2 = evenLanes(lower, lower);
      const c3 = oddLanes(lower, lower);
      let valueA = f32x4.mul(f32x4.add(largest(a0, a1, a2, a3), biasA), scales);
      let valueB = f32x4.mul(f32x4.add(largest(b0, b1, b2, b3), biasB), scales);
      let valueC = f32x4.mul(f32x4.add(largest(c0, c1, c2, c3), biasC), scales);
      const deadA = f32x4.le(valueA, f32x4.splat(0));
      const deadB = f32x4.le(valueB, f32x4.splat(0));
      const deadC = f32x4.le(valueC, f32x4.splat(0));
      valueA = v128.andnot(valueA, deadA);
      valueB = v128.andnot(valueB, deadB);
      valueC = v128.andnot(valueC, deadC);
      const position = (r * columns + c) * outChannels;
      if (contiguous) {
        const to = <usize>(position + first);
        v128.store(y + (to << 2), valueA);
        v128.store(y + (to << 2), valueB, 16);
        v128.store_lane<u64>(y + (to << 2), valueC, 0, 32);
        if (!argmax) continue;
        const offsetA = v128.or(argmaxOffset(a0, a1, a2, a3), deadA);
        const offsetB = v128.or(argmaxOffset(b0, b1, b2, b3), deadB);
        const offsetC = v128.or(argmaxOffset(c0, c1, c2, c3), deadC);
        const shorts = i16x8.narrow_i32x4_s(offsetA, offsetB);
        const bytes = i8x16.narrow_i16x8_s(shorts, i16x8.narrow_i32x4_s(offsetC, offsetC));
        v128.store_lane<u64>(argmax + to, bytes, 0);
        v128.store_lane<u16>(argmax + to, bytes, 4, 8);
      } else {
        const offsetA = v128.or(argmaxOffset(a0, a1, a2, a3), deadA);
        const offsetB = v128.or(argmaxOffset(b0, b1, b2, b3), deadB);
        const offsetC = v128.or(argmaxOffset(c0, c1, c2, c3), deadC);
        scatterLanes(y, argmax, live, position, first, 4, valueA, offsetA);
        scatterLanes(y, argmax, live, position, first + 4, 4, valueB, offsetB);
        scatterLanes(y, argmax, live, position, first + 8, count - first - 8, valueC, offsetC);
      }
    }
  }
}

/** Up to 4 channels, two windows at a time with the taps that either needs. An odd last window is computed twice. */
function block4(
  packed: usize, bias: usize, table: usize, background: usize, constant: f32,
  y: usize, argmax: usize, live: usize, first: i32, count: i32,
  inRows: i32, inColumns: i32, outChannels: i32, kernel: i32, scale: f32,
): void {
  const line = <usize>inColumns << 2;
  const rows = (inRows - kernel + 1) >> 1;
  const columns = (inColumns - kernel + 1) >> 1;
  const biases = addBackground(laneBias(bias, live, first, count), constant, packed, kernel * kernel, 16);
  const scales = f32x4.splat(scale);
  const lanes = count - first;
  const tableColumns = table + (<usize>(inRows - kernel + 1) << 4);
  const offsets = offsetsOf(background, inRows, inColumns);
  const windows = windowsOf(background, inRows, inColumns, kernel);
  const last = windows + <usize>(rows * columns - 1) * WINDOW;
  for (let window = windows; window <= last; window += 2 * WINDOW) {
    const next = min(window + WINDOW, last);
    const r = load<u16>(window, WINDOW_ROW);
    const c = load<u16>(window, WINDOW_COLUMN);
    const nextR = load<u16>(next, WINDOW_ROW);
    const nextC = load<u16>(next, WINDOW_COLUMN);
    const corner = background + <usize>load<u32>(window, WINDOW_CORNER);
    const apart = <usize>load<u32>(next, WINDOW_CORNER) - <usize>load<u32>(window, WINDOW_CORNER);
    let seen = load<u64>(window) | load<u64>(next);
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let b0 = a0;
    let b1 = a0;
    let b2 = a0;
    let b3 = a0;
    if (table) {
      let row = table + (<usize>r << 5);
      let column = tableColumns + (<usize>c << 5);
      a0 = f32x4.add(v128.load(row), v128.load(column));
      a1 = f32x4.add(v128.load(row), v128.load(column, 16));
      a2 = f32x4.add(v128.load(row, 16), v128.load(column));
      a3 = f32x4.add(v128.load(row, 16), v128.load(column, 16));
      row = table + (<usize>nextR << 5);
      column = tableColumns + (<usize>nextC << 5);
      b0 = f32x4.add(v128.load(row), v128.load(column));
      b1 = f32x4.add(v128.load(row), v128.load(column, 16));
      b2 = f32x4.add(v128.load(row, 16), v128.load(column));
      b3 = f32x4.add(v128.load(row, 16), v128.load(column, 16));
    }
    while (seen) {
      const tap = <usize>ctz(seen);
      seen &= seen - 1;
      const p = corner + <usize>load<u32>(offsets + (tap << 2));
      const q = p + apart;
      const wa = v128.load(packed + (tap << 4));
      a0 = fma(v128.load_splat<f32>(p), wa, a0);
      a1 = fma(v128.load_splat<f32>(p, 4), wa, a1);
      b0 = fma(v128.load_splat<f32>(q), wa, b0);
      b1 = fma(v128.load_splat<f32>(q, 4), wa, b1);
      // Never true, as in block10.
      if (!p) break;
      const u = p + line;
      const v = q + line;
      a2 = fma(v128.load_splat<f32>(u), wa, a2);
      a3 = fma(v128.load_splat<f32>(u, 4), wa, a3);
      b2 = fma(v128.load_splat<f32>(v), wa, b2);
      b3 = fma(v128.load_splat<f32>(v, 4), wa, b3);
    }
    storeWindow(a0, a1, a2, a3, biases, scales, y, argmax, live, (r * columns + c) * outChannels, first, lanes);
    storeWindow(b0, b1, b2, b3, biases, scales, y, argmax, live, (nextR * columns + nextC) * outChannels, first, lanes);
  }
}
