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
    for (; lane + 8 <= width; lane += 8) {
      fourByEight(out, outStride, weights, outStep, step, rows, stride, count, lane, factor, adds);
    }
    for (; lane < width; lane += 4) {
      for (let k: usize = 0; k < 4; k++) {
        oneByFour(out + k * outStride, weights + k * outStep, step, rows, stride, count, lane, width, factor, adds);
      }
    }
    out += 4 * outStride;
    weights += 4 * outStep;
  }
  for (; j < outs; j++) {
    for (let lane = 0; lane < width; lane += 4) {
      oneByFour(out, weights, step, rows, stride, count, lane, width, factor, adds);
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
  let to = out + (<usize>lane << 2);
  put(to, a0, factor, adds, 4);
  put(to + 16, b0, factor, adds, 4);
  to += outStride;
  put(to, a1, factor, adds, 4);
  put(to + 16, b1, factor, adds, 4);
  to += outStride;
  put(to, a2, factor, adds, 4);
  put(to + 16, b2, factor, adds, 4);
  to += outStride;
  put(to, a3, factor, adds, 4);
  put(to + 16, b3, factor, adds, 4);
}

@inline
function oneByFour(
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
  let sum = f32x4.splat(0);
  let row = rows + (<usize>lane << 2);
  for (let i = 0; i < count; i++) {
    sum = fma(v128.load_splat<f32>(weights), v128.load(row), sum);
    weights += step;
    row += stride;
  }
  put(out + (<usize>lane << 2), sum, factor, adds, width - lane);
}

@inline
function put(to: usize, sum: v128, factor: f32, adds: bool, count: i32): void {
  const value = f32x4.mul(sum, f32x4.splat(factor));
  storeLanes(to, adds ? f32x4.add(v128.load(to), value) : value, count);
}
