// Max-pooling and ReLU on their own; after a convolution, conv-pool.ts computes both.

import { storeLanes } from "./simd";

/** Address of a window's maximum, the first of equal ones; NaN counts as the largest, as in PyTorch. */
@inline
function argmaxAddress(corner: usize, window: i32, line: usize, pixel: usize): usize {
  let best = corner;
  for (let u: usize = 0; u < <usize>window; u++) {
    for (let v: usize = 0; v < <usize>window; v++) {
      const at = corner + u * line + v * pixel;
      const value = load<f32>(at);
      if (value > load<f32>(best) || value != value) best = at;
    }
  }
  return best;
}

/** y = max over each window; a remainder at the right and the bottom is left out. */
export function maxPoolForward(
  x: usize,
  y: usize,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  window: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>inColumns * pixel;
  for (let r = 0; r < inRows / window; r++) {
    for (let c = 0; c < inColumns / window; c++) {
      const corner = x + <usize>(r * window) * line + <usize>(c * window) * pixel;
      for (let i: usize = 0; i < pixel; i += 4) {
        store<f32>(y, load<f32>(argmaxAddress(corner + i, window, line, pixel)));
        y += 4;
      }
    }
  }
}

/** gx[argmax of the window] += gy[window] */
export function maxPoolBackward(
  x: usize,
  gy: usize,
  gx: usize,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  window: i32,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>inColumns * pixel;
  for (let r = 0; r < inRows / window; r++) {
    for (let c = 0; c < inColumns / window; c++) {
      const corner = x + <usize>(r * window) * line + <usize>(c * window) * pixel;
      for (let i: usize = 0; i < pixel; i += 4) {
        const at = gx + (argmaxAddress(corner + i, window, line, pixel) - x);
        store<f32>(at, load<f32>(at) + load<f32>(gy));
        gy += 4;
      }
    }
  }
}

/** y = max(x, 0) */
export function reluForward(x: usize, y: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    // With the operands in this order NaN stays NaN: a network that diverged shows it.
    storeLanes(y + at, f32x4.pmax(v128.load(x + at), zero), count - i);
  }
}

/** gx += gy where y > 0 */
export function reluBackward(y: usize, gy: usize, gx: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const flows = v128.and(v128.load(gy + at), f32x4.gt(v128.load(y + at), zero));
    storeLanes(gx + at, f32x4.add(v128.load(gx + at), flows), count - i);
  }
}
