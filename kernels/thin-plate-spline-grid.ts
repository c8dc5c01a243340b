// The sampling grid of a thin-plate spline: a fixed matrix times the control points. A grid is [row][column][x, y]; the
// matrix is [point][position], its rows padded to whole vectors. See src/graph/ops/thin-plate-spline-grid.ts.

import { addScalar, evenLanes, firstLanes, fma, highLanes, lowLanes, oddLanes, storeLanes, sum4 } from "./simd";

/** Stores eight numbers, from the value number `offset` on. */
export function constants(
  to: usize,
  offset: i32,
  c0: f32,
  c1: f32,
  c2: f32,
  c3: f32,
  c4: f32,
  c5: f32,
  c6: f32,
  c7: f32,
): void {
  to += <usize>offset << 2;
  store<f32>(to, c0);
  store<f32>(to, c1, 4);
  store<f32>(to, c2, 8);
  store<f32>(to, c3, 12);
  store<f32>(to, c4, 16);
  store<f32>(to, c5, 20);
  store<f32>(to, c6, 24);
  store<f32>(to, c7, 28);
}

/** grid[position] = Σ over the points of matrix[point][position] · (x, y); `theta` has all x, then all y. */
export function thinPlateSplineGridForward(
  theta: usize,
  matrix: usize,
  grid: usize,
  positions: i32,
  stride: i32,
  points: i32,
): void {
  const row = <usize>stride << 2;
  const ys = theta + (<usize>points << 2);
  for (let p = 0; p < positions; p += 4) {
    let m = matrix + (<usize>p << 2);
    let sumX = f32x4.splat(0);
    let sumY = sumX;
    for (let k: usize = 0; k < <usize>points << 2; k += 4) {
      const weights = v128.load(m);
      sumX = fma(weights, v128.load_splat<f32>(theta + k), sumX);
      sumY = fma(weights, v128.load_splat<f32>(ys + k), sumY);
      m += row;
    }
    const left = positions - p;
    storeLanes(grid, lowLanes(sumX, sumY), 2 * left);
    if (left > 2) storeLanes(grid + 16, highLanes(sumX, sumY), 2 * left - 4);
    grid += 32;
  }
}

/** gTheta += (Σ matrix · gx, Σ matrix · gy), the sums over the positions. */
export function thinPlateSplineGridBackward(
  matrix: usize,
  gGrid: usize,
  gTheta: usize,
  positions: i32,
  stride: i32,
  points: i32,
): void {
  const row = <usize>stride << 2;
  const gYs = gTheta + (<usize>points << 2);
  for (let k: usize = 0; k < <usize>points << 2; k += 4) {
    let from = gGrid;
    let sumX = f32x4.splat(0);
    let sumY = sumX;
    for (let p = 0; p < positions; p += 4) {
      // Past the last position the matrix is 0, but memory may hold NaN.
      const lanes = firstLanes(positions - p);
      const a = v128.load(from);
      const b = v128.load(from, 16);
      const weights = v128.load(matrix + (<usize>p << 2));
      sumX = fma(weights, v128.and(evenLanes(a, b), lanes), sumX);
      sumY = fma(weights, v128.and(oddLanes(a, b), lanes), sumY);
      from += 32;
    }
    addScalar(gTheta + k, sum4(sumX));
    addScalar(gYs + k, sum4(sumY));
    matrix += row;
  }
}
