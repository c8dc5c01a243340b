// Sums of rows with weights: the one product of matrices that matmul and attention are made of.

import { fma, storeLanes } from "./simd";

/**
 * out[j] = factor · Σ_i weights[j · outStep + i · step] · rows[i], or += if `adds`; rows have `width` values. Strides from
 * one row to the next are in bytes, steps of the weights too. Four results of eight values at a time fit the registers.
 */
export function combineRows(
  out: usize,
  outStride: usize,
  weights: usize,
  outStep: usize,
  step: usize,
  rows: usize,
  stride: usize,
  outs: i32,
  count: i32,
  width: i32,
  factor: f32,
  adds: bool,
): void {
  let j = 0;
  for (; j + 4 <= outs; j += 4) {
    let lane = 0;
    for (; lane + 4 < width; lane += 8) {
      fourByEight(out, outStride, weights, outStep, step, rows, stride, count, lane, width, factor, adds);
    }
    if (lane < width) {
      fourByFour(out, outStride, weights, outStep, step, rows, stride, count, lane, width, factor, adds);
    }
    out += 4 * outStride;
    weights += 4 * outStep;
  }
  for (; j < outs; j++) {
    for (let lane = 0; lane < width; lane += 16) {
      oneBySixteen(out, weights, step, rows, stride, count, lane, width, factor, adds);
    }
    out += outStride;
    weights += outStep;
  }
}

@inline
function fourByEight(
  out: usize,
  outStride: usize,
  weights: usize,
  outStep: usize,
  step: usize,
  rows: usize,
  stride: usize,
  count: i32,
  lane: i32,
  width: i32,
  factor: f32,
  adds: bool,
): void {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  let a2 = a0;
  let b2 = a0;
  let a3 = a0;
  let b3 = a0;
  let w0 = weights;
  let w1 = w0 + outStep;
  let w2 = w1 + outStep;
  let w3 = w2 + outStep;
  let row = rows + (<usize>lane << 2);
  for (let i = 0; i < count; i++) {
    const a = v128.load(row);
    const b = v128.load(row, 16);
    let w = v128.load_splat<f32>(w0);
    a0 = fma(w, a, a0);
    b0 = fma(w, b, b0);
    w = v128.load_splat<f32>(w1);
    a1 = fma(w, a, a1);
    b1 = fma(w, b, b1);
    w = v128.load_splat<f32>(w2);
    a2 = fma(w, a, a2);
    b2 = fma(w, b, b2);
    w = v128.load_splat<f32>(w3);
    a3 = fma(w, a, a3);
    b3 = fma(w, b, b3);
    row += stride;
    w0 += step;
    w1 += step;
    w2 += step;
    w3 += step;
  }
  const left = width - lane;
  let to = out + (<usize>lane << 2);
  put(to, a0, factor, adds, left);
  put(to + 16, b0, factor, adds, left - 4);
  to += outStride;
  put(to, a1, factor, adds, left);
  put(to + 16, b1, factor, adds, left - 4);
  to += outStride;
  put(to, a2, factor, adds, left);
  put(to + 16, b2, factor, adds, left - 4);
  to += outStride;
  put(to, a3, factor, adds, left);
  put(to + 16, b3, factor, adds, left - 4);
}

/** The last values of four results. */
@inline
function fourByFour(
  out: usize,
  outStride: usize,
  weights: usize,
  outStep: usize,
  step: usize,
  rows: usize,
  stride: usize,
  count: i32,
  lane: i32,
  width: i32,
  factor: f32,
  adds: bool,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let w0 = weights;
  let w1 = w0 + outStep;
  let w2 = w1 + outStep;
  let w3 = w2 + outStep;
  let row = rows + (<usize>lane << 2);
  for (let i = 0; i < count; i++) {
    const v = v128.load(row);
    s0 = fma(v128.load_splat<f32>(w0), v, s0);
    s1 = fma(v128.load_splat<f32>(w1), v, s1);
    s2 = fma(v128.load_splat<f32>(w2), v, s2);
    s3 = fma(v128.load_splat<f32>(w3), v, s3);
    row += stride;
    w0 += step;
    w1 += step;
    w2 += step;
    w3 += step;
  }
  const left = width - lane;
  const to = out + (<usize>lane << 2);
  put(to, s0, factor, adds, left);
  put(to + outStride, s1, factor, adds, left);
  put(to + 2 * outStride, s2, factor, adds, left);
  put(to + 3 * outStride, s3, factor, adds, left);
}

/** One result: four sums at a time, as one alone would wait for each of its additions. */
@inline
function oneBySixteen(
  out: usize,
  weights: usize,
  step: usize,
  rows: usize,
  stride: usize,
  count: i32,
  lane: i32,
  width: i32,
  factor: f32,
  adds: bool,
): void {
  const left = width - lane;
  // Where nothing is left, a sum reads the first vector again, and is not stored.
  const second: usize = left > 4 ? 16 : 0;
  const third: usize = left > 8 ? 32 : 0;
  const fourth: usize = left > 12 ? 48 : 0;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let row = rows + (<usize>lane << 2);
  for (let i = 0; i < count; i++) {
    const w = v128.load_splat<f32>(weights);
    s0 = fma(w, v128.load(row), s0);
    s1 = fma(w, v128.load(row + second), s1);
    s2 = fma(w, v128.load(row + third), s2);
    s3 = fma(w, v128.load(row + fourth), s3);
    weights += step;
    row += stride;
  }
  const to = out + (<usize>lane << 2);
  put(to, s0, factor, adds, left);
  put(to + 16, s1, factor, adds, left - 4);
  put(to + 32, s2, factor, adds, left - 8);
  put(to + 48, s3, factor, adds, left - 12);
}

/** Stores the first `count` of four values, if any. */
@inline
function put(to: usize, sum: v128, factor: f32, adds: bool, count: i32): void {
  if (count <= 0) return;
  const value = f32x4.mul(sum, f32x4.splat(factor));
  storeLanes(to, adds ? f32x4.add(v128.load(to), value) : value, count);
}
