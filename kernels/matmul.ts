// Products of matrices. A matrix [r][c] of the graph lies in memory column by column, as its first axis is the last in
// memory; in a stack [b, r, c] lanes hold the matrices of the stack.

import { combineRows } from "./combine-rows";
import { addScalar, addVector, firstLanes, fma, highLanes, lowLanes, storeLanes } from "./simd";

/** y = a · b for a [rows, inner] and b [inner, columns]: column by column, y[:, j] = Σ_k b[k, j] · a[:, k]. */
export function matmulForward(a: usize, b: usize, y: usize, rows: i32, inner: i32, columns: i32): void {
  const column = <usize>rows << 2;
  combineRows(y, column, b, <usize>inner << 2, 4, a, column, columns, inner, rows, 1, false);
}

/** ga += gy · bᵀ, gb += aᵀ · gy; each may be 0. */
export function matmulBackward(
  a: usize,
  b: usize,
  gy: usize,
  ga: usize,
  gb: usize,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  const column = <usize>rows << 2;
  if (ga) combineRows(ga, column, b, 4, <usize>inner << 2, gy, column, inner, columns, rows, 1, true);
  if (!gb) return;
  for (let j = 0; j < columns; j++) {
    let at = a;
    let k = 0;
    for (; k + 4 <= inner; k += 4) {
      addVector(gb, fourDots(gy, at, column, rows));
      at += 4 * column;
      gb += 16;
    }
    for (; k < inner; k++) {
      addScalar(gb, f32x4.extract_lane(fourDots(gy, at, 0, rows), 0));
      at += column;
      gb += 4;
    }
    gy += column;
  }
}

/** Products of a vector with four others, `stride` bytes apart. */
@inline
function fourDots(left: usize, right: usize, stride: usize, count: i32): v128 {
  const second = right + stride;
  const third = second + stride;
  const fourth = third + stride;
  const whole = <usize>(count & ~3) << 2;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let i: usize = 0; i < whole; i += 16) {
    const v = v128.load(left + i);
    s0 = fma(v, v128.load(right + i), s0);
    s1 = fma(v, v128.load(second + i), s1);
    s2 = fma(v, v128.load(third + i), s2);
    s3 = fma(v, v128.load(fourth + i), s3);
  }
  if (count & 3) {
    const rest = firstLanes(count & 3);
    const v = v128.and(v128.load(left + whole), rest);
    s0 = fma(v, v128.and(v128.load(right + whole), rest), s0);
    s1 = fma(v, v128.and(v128.load(second + whole), rest), s1);
    s2 = fma(v, v128.and(v128.load(third + whole), rest), s2);
    s3 = fma(v, v128.and(v128.load(fourth + whole), rest), s3);
  }
  // The sum of each, in its own lane.
  const low = f32x4.add(lowLanes(s0, s2), highLanes(s0, s2));
  const high = f32x4.add(lowLanes(s1, s3), highLanes(s1, s3));
  return f32x4.add(lowLanes(low, high), highLanes(low, high));
}

/** The same for each matrix of a stack: a [row][inner][matrix], b [inner][column][matrix]. */
export function matmulStackForward(
  a: usize,
  b: usize,
  y: usize,
  matrices: i32,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  products(y, a, b, matrices, rows, columns, inner, inner, 1, columns, 1, false);
}

export function matmulStackBackward(
  a: usize,
  b: usize,
  gy: usize,
  ga: usize,
  gb: usize,
  matrices: i32,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  if (ga) products(ga, gy, b, matrices, rows, inner, columns, columns, 1, 1, columns, true);
  if (gb) products(gb, a, gy, matrices, inner, columns, rows, 1, inner, columns, 1, true);
}

/**
 * out[p][q] = Σ_i left[p · leftRow + i · leftStep] · right[i · rightStep + q · rightColumn], or += if `adds`. Steps are in
 * entries; an entry holds the values of all matrices.
 */
@inline
function products(
  out: usize,
  left: usize,
  right: usize,
  matrices: i32,
  rows: i32,
  columns: i32,
  count: i32,
  leftRow: i32,
  leftStep: i32,
  rightStep: i32,
  rightColumn: i32,
  adds: bool,
): void {
  const entry = <usize>matrices << 2;
  for (let p = 0; p < rows; p++) {
    for (let q = 0; q < columns; q++) {
      for (let lane = 0; lane < matrices; lane += 4) {
        const offset = <usize>lane << 2;
        let l = left + <usize>(p * leftRow) * entry + offset;
        let r = right + <usize>(q * rightColumn) * entry + offset;
        let sum = f32x4.splat(0);
        for (let i = 0; i < count; i++) {
          sum = fma(v128.load(l), v128.load(r), sum);
          l += <usize>leftStep * entry;
          r += <usize>rightStep * entry;
        }
        const to = out + offset;
        storeLanes(to, adds ? f32x4.add(v128.load(to), sum) : sum, matrices - lane);
      }
      out += entry;
    }
  }
}
