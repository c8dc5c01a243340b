// The sampling grid of an affine map, as `torch.nn.functional.affine_grid`. A grid is [row][column][x, y].

import { addScalar, evenLanes, highLanes, lowLanes, oddLanes, sum4 } from "./simd";

/**
 * Coordinate of the centre of pixel `i`, in PyTorch's order of operations: the first half counts up from −1, the
 * second half down from 1. Without `alignCorners` the result is multiplied by (extent − 1) / extent.
 */
@inline
function centre(i: i32, extent: i32, alignCorners: i32): f32 {
  if (extent == 1) return 0;
  const step = <f32>2 / <f32>(extent - 1);
  const x: f32 = i < extent / 2 ? step * <f32>i - 1 : 1 - step * <f32>(extent - 1 - i);
  return alignCorners ? x : (x * <f32>(extent - 1)) / <f32>extent;
}

/** Writes the coordinates of the columns' centres, then of the rows'. Once per step, as each takes a division. */
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
 * t0 · x + t1 · y + t2, rounded as PyTorch's matrix product: t1 · y is not rounded before it is added. One more
 * rounding would move points across pixel borders, where the gradient jumps. Float64 holds a product of two float32
 * exactly.
 */
@inline
function affine(t0: f32, x: f32, t1: f32, y: f32, t2: f32): f32 {
  return <f32>(<f64>t1 * <f64>y + <f64>(t0 * x)) + t2;
}

/** `affine` for four x and one y. */
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

/**
 * grid[r][c] = (θ0·x + θ1·y + θ2, θ3·x + θ4·y + θ5) at the centre (x, y) of each pixel. `centres` as `pixelCentres`
 * writes them.
 */
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

/** gθ0 += Σ gx·x, gθ1 += Σ gx·y, gθ2 += Σ gx; gθ3, gθ4 and gθ5 alike from gy. */
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

/** Adds the sums over four columns. x is the same in a whole column: Σ gx·x = x · Σ gx. */
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
