// The sampling grid of a projective map. A grid is [row][column][x, y]; centres as in affine-grid.ts.

import { addScalar, evenLanes, firstLanes, highLanes, lowLanes, oddLanes, storeLanes, sum4 } from "./simd";

/** θ8 of a theta of 8 numbers is 1. */
@inline
function lastOf(theta: usize, count: i32): f32 {
  return count > 8 ? load<f32>(theta, 32) : 1;
}

/** t0 · x + t1 · y + t2 for four x and one y; `theta` points to t0. */
@inline
function row(theta: usize, x: v128, y: f32): v128 {
  const constant = f32x4.splat(load<f32>(theta, 4) * y + load<f32>(theta, 8));
  return f32x4.add(f32x4.mul(v128.load_splat<f32>(theta), x), constant);
}

/** The denominator. */
@inline
function denominator(theta: usize, x: v128, y: f32, last: f32): v128 {
  const constant = f32x4.splat(load<f32>(theta, 28) * y + last);
  return f32x4.add(f32x4.mul(v128.load_splat<f32>(theta, 24), x), constant);
}

/** grid = (θ0·x + θ1·y + θ2, θ3·x + θ4·y + θ5) / (θ6·x + θ7·y + θ8) at each centre (x, y). */
export function projectiveGridForward(
  theta: usize,
  centres: usize,
  grid: usize,
  rows: i32,
  columns: i32,
  count: i32,
): void {
  const last = lastOf(theta, count);
  const ys = centres + (<usize>columns << 2);
  for (let r = 0; r < rows; r++) {
    const y = load<f32>(ys + (<usize>r << 2));
    for (let c = 0; c < columns; c += 4) {
      const x = v128.load(centres + (<usize>c << 2));
      const w = denominator(theta, x, y, last);
      const gx = f32x4.div(row(theta, x, y), w);
      const gy = f32x4.div(row(theta + 12, x, y), w);
      const left = min(4, columns - c);
      storeLanes(grid, lowLanes(gx, gy), 2 * left);
      if (left > 2) storeLanes(grid + 16, highLanes(gx, gy), 2 * left - 4);
      grid += <usize>left << 3;
    }
  }
}

/**
 * With a = gx / w, b = gy / w and c = −(a · X + b · Y), where (X, Y) is the grid's point and w its denominator:
 * gθ0..2 += Σ a · (x, y, 1), gθ3..5 += Σ b · (x, y, 1), gθ6..8 += Σ c · (x, y, 1).
 */
export function projectiveGridBackward(
  theta: usize,
  centres: usize,
  grid: usize,
  gGrid: usize,
  gTheta: usize,
  rows: i32,
  columns: i32,
  count: i32,
): void {
  const last = lastOf(theta, count);
  const ys = centres + (<usize>columns << 2);
  for (let r = 0; r < rows; r++) {
    const y = load<f32>(ys + (<usize>r << 2));
    let sumA = f32x4.splat(0);
    let sumAx = sumA;
    let sumB = sumA;
    let sumBx = sumA;
    let sumC = sumA;
    let sumCx = sumA;
    for (let c = 0; c < columns; c += 4) {
      const left = min(4, columns - c);
      const lanes = firstLanes(left);
      const x = v128.and(v128.load(centres + (<usize>c << 2)), lanes);
      const w = denominator(theta, x, y, last);
      const g0 = v128.load(gGrid);
      const g1 = v128.load(gGrid, 16);
      const p0 = v128.load(grid);
      const p1 = v128.load(grid, 16);
      const a = v128.and(f32x4.div(evenLanes(g0, g1), w), lanes);
      const b = v128.and(f32x4.div(oddLanes(g0, g1), w), lanes);
      const aX = f32x4.mul(a, v128.and(evenLanes(p0, p1), lanes));
      const bY = f32x4.mul(b, v128.and(oddLanes(p0, p1), lanes));
      const d = f32x4.neg(f32x4.add(aX, bY));
      sumA = f32x4.add(sumA, a);
      sumAx = f32x4.add(sumAx, f32x4.mul(a, x));
      sumB = f32x4.add(sumB, b);
      sumBx = f32x4.add(sumBx, f32x4.mul(b, x));
      sumC = f32x4.add(sumC, d);
      sumCx = f32x4.add(sumCx, f32x4.mul(d, x));
      grid += <usize>left << 3;
      gGrid += <usize>left << 3;
    }
    addRow(gTheta, sumAx, sumA, y, true);
    addRow(gTheta + 12, sumBx, sumB, y, true);
    addRow(gTheta + 24, sumCx, sumC, y, count > 8);
  }
}

@inline
function addRow(to: usize, timesX: v128, sum: v128, y: f32, hasConstant: bool): void {
  const all = sum4(sum);
  addScalar(to, sum4(timesX));
  addScalar(to + 4, all * y);
  if (hasConstant) addScalar(to + 8, all);
}
