// Scaled dot-product attention over tokens [token][channel]. Per head, keys and values are transposed
// to [channel][token] so that lanes hold keys; the softmax is recomputed in backward from each query's
// log-sum-exp, so nothing of size tokens² is ever stored.

import { fma, sum4 } from "./simd";

/** Score of a padding key; its exponential is exactly 0. */
const NEVER: f32 = -1e30;

/** e^x for x ≤ 0: 2^n · 2^f, 2^f by a polynomial (2e-7 relative); 0 below −87. */
// @ts-ignore: decorator
@inline
function exp4(x: v128): v128 {
  const t = f32x4.mul(x, f32x4.splat(1.4426950408889634));
  const clamped = f32x4.pmax(f32x4.splat(-126), t);
  const n = f32x4.nearest(clamped);
  const f = f32x4.sub(clamped, n);
  let p = f32x4.splat(1.5403530393381609e-4);
  p = fma(p, f, f32x4.splat(1.3333558146428443e-3));
  p = fma(p, f, f32x4.splat(9.618129107628477e-3));
  p = fma(p, f, f32x4.splat(5.550410866482158e-2));
  p = fma(p, f, f32x4.splat(2.402265069591007e-1));
  p = fma(p, f, f32x4.splat(6.931471805599453e-1));
  p = fma(p, f, f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.and(f32x4.mul(p, power), f32x4.gt(t, f32x4.splat(-126)));
}

/** [token][channel] of one head to [channel][padded token]; padding is 0. */
function transpose(
  to: usize,
  from: usize,
  count: i32,
  padded: i32,
  width: i32,
  first: i32,
  size: i32,
): void {
  for (let c = 0; c < size; c++) {
    let at = from + (<usize>(first + c) << 2);
    for (let token = 0; token < count; token++) {
      store<f32>(to, load<f32>(at));
      at += <usize>width << 2;
      to += 4;
    }
    for (let token = count; token < padded; token++) {
      store<f32>(to, 0);
      to += 4;
    }
  }
}

/** row[j] = q · k_j · scale; NEVER for padding. */
function scores(
  row: usize,
  q: usize,
  keys: usize,
  count: i32,
  planeBytes: usize,
  size: i32,
  scale: f32,
): void {
  for (let j: usize = 0; j < planeBytes; j += 16) {
    let sum = f32x4.splat(0);
    let k = keys + j;
    for (let c: usize = 0; c < <usize>size << 2; c += 4) {
      sum = fma(v128.load_splat<f32>(q + c), v128.load(k), sum);
      k += planeBytes;
    }
    v128.store(row + j, f32x4.mul(sum, f32x4.splat(scale)));
  }
  for (let j = <usize>count << 2; j < planeBytes; j += 4) store<f32>(row + j, NEVER);
}

// @ts-ignore: decorator
@inline
function largestOf(row: usize, bytes: usize): f32 {
  let best = v128.load(row);
  for (let j: usize = 16; j < bytes; j += 16) best = f32x4.pmax(best, v128.load(row + j));
  const a = max(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1));
  return max(a, max(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3)));
}

/** row = e^(row − shift); returns the sum. */
// @ts-ignore: decorator
@inline
function exponentials(row: usize, bytes: usize, shift: f32): f32 {
  const shifts = f32x4.splat(shift);
  let sum = f32x4.splat(0);
  for (let j: usize = 0; j < bytes; j += 16) {
    const e = exp4(f32x4.sub(v128.load(row + j), shifts));
    v128.store(row + j, e);
    sum = f32x4.add(sum, e);
  }
  return sum4(sum);
}

/** Σ_j a[j] · b[j] */
// @ts-ignore: decorator
@inline
function dot(a: usize, b: usize, bytes: usize): f32 {
  let sum = f32x4.splat(0);
  for (let j: usize = 0; j < bytes; j += 16) sum = fma(v128.load(a + j), v128.load(b + j), sum);
  return sum4(sum);
}

/** `scratch` holds keys, values and a row; `logSumExp` one value a head and query. */
export function attentionForward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  logSumExp: usize,
  scratch: usize,
  count: i32,
  width: i32,
  heads: i32,
): void {
  const size = width / heads;
  const padded = (count + 3) & ~3;
  const plane = <usize>padded << 2;
  const keys = scratch;
  const values = keys + plane * <usize>size;
  const row = values + plane * <usize>size;
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>size);
  for (let head = 0; head < heads; head++) {
    const first = head * size;
    transpose(keys, k, count, padded, width, first, size);
    transpose(values, v, count, padded, width, first, size);
    for (let i = 0; i < count; i++) {
      const token = <usize>(i * width + first) << 2;
      scores(row, q + token, keys, count, plane, size, scale);
      const largest = largestOf(row, plane);
      const sum = exponentials(row, plane, largest);
      const inverse: f32 = <f32>1 / sum;
      for (let c: usize = 0; c < <usize>size; c++) {
        store<f32>(out + token + (c << 2), dot(row, values + c * plane, plane) * inverse);
      }
      store<f32>(logSumExp, largest + NativeMathf.log(sum));
      logSumExp += 4;
    }
  }
}

/** Each of `gq`, `gk` and `gv` may be 0. */
export function attentionBackward(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  logSumExp: usize,
  scratch: usize,
  gOut: usize,
  gq: usize,
  gk: usize,
  gv: usize,
  count: i32,
  width: i32,
  heads: i32,
): void {
  const size = width / heads;
  const padded = (count + 3) & ~3;
  const plane = <usize>padded << 2;
  const planes = plane * <usize>size;
  const keys = scratch;
  const values = keys + planes;
  const gKeys = values + planes;
  const gValues = gKeys + planes;
  const row = gValues + planes;
  const gRow = row + plane;
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>size);
  for (let head = 0; head < heads; head++) {
    const first = head * size;
    transpose(keys, k, count, padded, width, first, size);
    transpose(values, v, count, padded, width, first, size);
    memory.fill(gKeys, 0, planes);
    memory.fill(gValues, 0, planes);
    for (let i = 0; i < count; i++) {
      const token = <usize>(i * width + first) << 2;
      scores(row, q + token, keys, count, plane, size, scale);
      exponentials(row, plane, load<f32>(logSumExp));
      logSumExp += 4;
      // Σ_l P[l] dP[l] = do · o
      let mean: f32 = 0;
      for (let c: usize = 0; c < <usize>size << 2; c += 4) {
        mean += load<f32>(gOut + token + c) * load<f32>(out + token + c);
      }
      scoreGradients(gRow, row, gOut + token, values, plane, size, mean, scale);
      for (let c: usize = 0; c < <usize>size; c++) {
        const at = token + (c << 2);
        if (gq) store<f32>(gq + at, load<f32>(gq + at) + dot(gRow, keys + c * plane, plane));
        addScaled(gKeys + c * plane, gRow, load<f32>(q + at), plane);
        addScaled(gValues + c * plane, row, load<f32>(gOut + at), plane);
      }
    }
    if (gk) addTransposed(gk, gKeys, count, padded, width, first, size);
    if (gv) addTransposed(gv, gValues, count, padded, width, first, size);
  }
}

/** gRow[j] = P[j] · (do · v_j − mean) · scale */
// @ts-ignore: decorator
@inline
function scoreGradients(
  gRow: usize,
  row: usize,
  gOut: usize,
  values: usize,
  plane: usize,
  size: i32,
  mean: f32,
  scale: f32,
): void {
  for (let j: usize = 0; j < plane; j += 16) {
    let sum = f32x4.splat(-mean);
    let v = values + j;
    for (let c: usize = 0; c < <usize>size << 2; c += 4) {
      sum = fma(v128.load_splat<f32>(gOut + c), v128.load(v), sum);
      v += plane;
    }
    const g = f32x4.mul(f32x4.mul(sum, v128.load(row + j)), f32x4.splat(scale));
    v128.store(gRow + j, g);
  }
}

/** a += b · factor */
// @ts-ignore: decorator
@inline
function addScaled(a: usize, b: usize, factor: f32, bytes: usize): void {
  const f = f32x4.splat(factor);
  for (let j: usize = 0; j < bytes; j += 16) {
    v128.store(a + j, fma(f, v128.load(b + j), v128.load(a + j)));
  }
}

function addTransposed(
  to: usize,
  from: usize,
  count: i32,
  padded: i32,
  width: i32,
  first: i32,
  size: i32,
): void {
  for (let c = 0; c < size; c++) {
    let at = to + (<usize>(first + c) << 2);
    for (let token: usize = 0; token < <usize>count; token++) {
      store<f32>(at, load<f32>(at) + load<f32>(from + (token << 2)));
      at += <usize>width << 2;
    }
    from += <usize>padded << 2;
  }
}
