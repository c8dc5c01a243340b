// Elastic displacements: random ones, smoothed by a Gaussian (Simard, Steinkraus and Platt, ICDAR 2003).

import { drawElastic, symmetric } from "./augment-draws";
import { fma } from "./simd";

/** The weights of −radius..radius, e^(−k²/2σ²) divided by their sum. */
export function elasticWeights(weights: usize, radius: i32, sigma: f32): void {
  let sum: f64 = 0;
  for (let k = -radius; k <= radius; k++) sum += weightOf(k, sigma);
  for (let k = -radius; k <= radius; k++) {
    store<f32>(weights + (<usize>(k + radius) << 2), <f32>(weightOf(k, sigma) / sum));
  }
}

function weightOf(k: i32, sigma: f64): f64 {
  return Math.exp(-<f64>(k * k) / (2 * sigma * sigma));
}

/**
 * field = alpha · (uniform numbers in −1..1, smoothed along rows, then along columns), to the right, then down. Beyond
 * the image the numbers are 0.
 *
 * @param noise (rows + 2 · radius) rows of `stride` values, whose border is 0
 * @param smooth as `noise`: the numbers smoothed along rows
 */
export function elasticField(
  field: usize,
  noise: usize,
  smooth: usize,
  weights: usize,
  rows: i32,
  columns: i32,
  radius: i32,
  stride: i32,
  alpha: f32,
  step: u32,
  slot: i32,
  random: usize,
): void {
  const blocks = (2 * rows * columns + 3) >> 2;
  const plane = rows * stride;
  for (let axis = 0; axis < 2; axis++) {
    const first = axis * rows * columns;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const position = first + r * columns + c;
        if ((position & 3) == 0 || (r == 0 && c == 0)) {
          drawElastic(random, step, slot, blocks, position >> 2);
        }
        const at = <usize>((r + radius) * stride + c + radius) << 2;
        store<f32>(noise + at, <f32>symmetric(random, <usize>(position & 3), 1));
      }
    }
    const inner = <usize>(radius * stride) << 2;
    smoothed(smooth + inner, noise + inner, weights, rows, columns, radius, stride, 1, 1);
    const to = field + (<usize>(axis * plane) << 2);
    smoothed(to, smooth, weights, rows, columns, radius, stride, stride, alpha);
  }
}

/** to = factor · Σ weight · from, over taps that lie `along` values apart */
function smoothed(
  to: usize, from: usize, weights: usize, rows: i32, columns: i32, radius: i32, stride: i32, along: i32, factor: f32,
): void {
  const factors = f32x4.splat(factor);
  const end = weights + (<usize>(2 * radius + 1) << 2);
  const tap = <usize>along << 2;
  for (let r = 0; r < rows; r++) {
    const row = <usize>(r * stride) << 2;
    for (let c = 0; c < columns; c += 4) {
      const at = row + (<usize>c << 2);
      let sum = f32x4.splat(0);
      let p = from + at;
      for (let w = weights; w < end; w += 4) {
        sum = fma(v128.load_splat<f32>(w), v128.load(p), sum);
        p += tap;
      }
      v128.store(to + at, f32x4.mul(sum, factors));
    }
  }
}
