// Affine grids: [row][column][x, y].

import { addScalar, evenLanes, highLanes, lowLanes, oddLanes, sum4 } from "./simd";

/**
 * Coordinate of a pixel's centre, in PyTorch's order of operations: steps from both ends of −1..1 to
 * the middle, then, without `alignCorners`, × (extent − 1) / extent.
 */
@inline
function centre(i: i32, extent: i32, alignCorners: i32): f32 {
  if (extent == 1) return 0;
  const step = <f32>2 / <f32>(extent - 1);
  const x: f32 = i < extent / 2 ? step * <f32>i - 1 : 1 - step * <f32>(extent - 1 - i);
  return alignCorners ? x : (x * <f32>(extent - 1)) / <f32>extent;
}

/** Coordinates of the columns' centres, then of the rows', once a step: a division each. */
export function pixelCentres(centres: usize, rows: i32, columns: i32, alignCorners: i32): void {
  for (let c = 0; c < columns; c++) {
    store<f32>(centres, centre(c, columns, alignCorners));
    centres += 4;
  }
  for (let r = 0; r < rows; r++) {
    store<f32>(centres, centre(r, rows, alignCorners));
    centres += 4;
  }
}

/**
 * t0 · x + t1 · y + t2 as PyTorch's matrix product rounds it, its second term fused: one more rounding
 * would move points across pixel borders, where the gradient jumps. Float64 holds the product exactly.
 */
@inline
function affine(t0: f32, x: f32, t1: f32, y: f32, t2: f32): f32 {
  return <f32>(<f64>t1 * <f64>y + <f64>(t0 * x)) + t2;
}

/** `affine` of four x and one y. */
@inline
function affineOfFour(t0: f32, x: v128, t1: f32, y: f32, t2: f32): v128 {
  const first = f32x4.mul(f32x4.splat(t0), x);
  const second = f64x2.splat(<f64>t1 * <f64>y);
  const low = f64x2.add(second, f64x2.promote_low_f32x4(first));
  const upper = v128.shuffle<f32>(first, first, 2, 3, 2, 3);
  const high = f64x2.add(second, f64x2.promote_low_f32x4(upper));
  const sums = v128.shuffle<f32>(
    f32x4.demote_f64x2_zero(low),
    f32x4.demote_f64x2_zero(high),
    0,
    1,
    4,
    5,
  );
  return f32x4.add(sums, f32x4.splat(t2));
}

/** `centres` as `pixelCentres` leaves them. */
export function affineGridForward(
  theta: usize,
  centres: usize,
  grid: usize,
  rows: i32,
  columns: i32,
): void {
  const t0 = load<f32>(theta);
  const t1 = load<f32>(theta, 4);
  const t2 = load<f32>(theta, 8);
  const t3 = load<f32>(theta, 12);
  const t4 = load<f32>(theta, 16);
  const t5 = load<f32>(theta, 20);
  const line = <usize>columns << 3;
  const ys = centres + (<usize>columns << 2);
  const end = ys + (<usize>rows << 2);
  let c = 0;
  for (; c + 4 <= columns; c += 4) {
    const x = v128.load(centres + (<usize>c << 2));
    let to = grid + (<usize>c << 3);
    for (let at = ys; at < end; at += 4) {
      const y = load<f32>(at);
      const gx = affineOfFour(t0, x, t1, y, t2);
      const gy = affineOfFour(t3, x, t4, y, t5);
      v128.store(to, lowLanes(gx, gy));
      v128.store(to, highLanes(gx, gy), 16);
      to += line;
    }
  }
  for (; c < columns; c++) {
    const x = load<f32>(centres + (<usize>c << 2));
    let to = grid + (<usize>c << 3);
    for (let at = ys; at < end; at += 4) {
      const y = load<f32>(at);
      store<f32>(to, affine(t0, x, t1, y, t2));
      store<f32>(to, affine(t3, x, t4, y, t5), 4);
      to += line;
    }
  }
}

export function affineGridBackward(
  centres: usize,
  gGrid: usize,
  gTheta: usize,
  rows: i32,
  columns: i32,
): void {
  const line = <usize>columns << 3;
  const ys = centres + (<usize>columns << 2);
  const end = ys + (<usize>rows << 2);
  let c = 0;
  for (; c + 4 <= columns; c += 4) {
    const x = v128.load(centres + (<usize>c << 2));
    addColumns(gGrid + (<usize>c << 3), gTheta, x, ys, end, line);
  }
  for (; c < columns; c++) {
    const x = load<f32>(centres + (<usize>c << 2));
    let from = gGrid + (<usize>c << 3);
    for (let at = ys; at < end; at += 4) {
      const y = load<f32>(at);
      const gx = load<f32>(from);
      const gy = load<f32>(from, 4);
      addScalar(gTheta, gx * x);
      addScalar(gTheta + 4, gx * y);
      addScalar(gTheta + 8, gx);
      addScalar(gTheta + 12, gy * x);
      addScalar(gTheta + 16, gy * y);
      addScalar(gTheta + 20, gy);
      from += line;
    }
  }
}

/** Four columns' share of the gradient. */
function addColumns(
  from: usize,
  gTheta: usize,
  x: v128,
  ys: usize,
  end: usize,
  line: usize,
): void {
  let sumX = f32x4.splat(0);
  let sumXY = sumX;
  let sumY = sumX;
  let sumYY = sumX;
  for (; ys < end; ys += 4) {
    const y = v128.load_splat<f32>(ys);
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const gx = evenLanes(a, b);
    const gy = oddLanes(a, b);
    sumX = f32x4.add(sumX, gx);
    sumXY = f32x4.add(sumXY, f32x4.mul(gx, y));
    sumY = f32x4.add(sumY, gy);
    sumYY = f32x4.add(sumYY, f32x4.mul(gy, y));
    from += line;
  }
  addScalar(gTheta, sum4(f32x4.mul(sumX, x)));
  addScalar(gTheta + 4, sum4(sumXY));
  addScalar(gTheta + 8, sum4(sumX));
  addScalar(gTheta + 12, sum4(f32x4.mul(sumY, x)));
  addScalar(gTheta + 16, sum4(sumYY));
  addScalar(gTheta + 20, sum4(sumY));
}
