// Transforms of Winograd's minimal filtering F(4×4, 5×5): from 8×8 values of the input, 4×4 values of a convolution
// with a 5×5 kernel, in 64 products per channel instead of 400.
//
//   Y = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ x B)] A
//
// with the interpolation points 0, ±1, ±2, ±1/2 and ∞. Rows of Bᵀ are scaled to save multiplications, those of G by the
// inverse. In float32 the errors are about 6 times those of the plain sum.
//
// Each function transforms along one dimension. A lane is one of four tiles, or one of four channels of a tile.

import { fma } from "./simd";

/** Side of a tile: of the input, and of the output. */
export const TILE: usize = 8;
export const OUT_TILE: usize = 4;
/** Products per tile and channel. */
export const POINTS: usize = 64;

/** Constants that the transforms load: V8 would build a literal again each time. */
export const CONSTANTS_BYTES: usize = 96;

export function storeConstants(to: usize): void {
  v128.store(to, f32x4.splat(5.25));
  v128.store(to, f32x4.splat(-4.25), 16);
  v128.store(to, f32x4.splat(-5), 32);
  v128.store(to, f32x4.splat(2), 48);
  v128.store(to, f32x4.splat(4), 64);
  v128.store(to, f32x4.splat(8), 80);
}

/**
 * Bᵀ x: 8 values to 8, stored one after the other.
 *
 * ```
 *  1   0  −5¼   0    5¼   0   −1  0
 *  0  ±1   1   ∓4¼  −4¼  ±1    1  0
 *  0  ±2   1  ∓10   −5   ±8    4  0
 *  0  ±4   8   ∓5  −10   ±1    2  0
 *  0  −1   0    5¼   0   −5¼   0  1
 * ```
 */
@inline
export function transformInput(
  to: usize, constants: usize,
  x0: v128, x1: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, x7: v128,
): void {
  const c = v128.load(constants);
  v128.store(to, fma(f32x4.sub(x4, x2), c, f32x4.sub(x0, x6)));
  v128.store(to, fma(f32x4.sub(x3, x5), c, f32x4.sub(x7, x1)), 112);
  const four = v128.load(constants, 64);
  const minusFive = v128.load(constants, 32);
  const c1 = v128.load(constants, 16);
  let even = fma(x4, c1, f32x4.add(x2, x6));
  let odd = fma(x3, c1, f32x4.add(x1, x5));
  v128.store(to, f32x4.add(even, odd), 16);
  v128.store(to, f32x4.sub(even, odd), 32);
  even = fma(x6, four, fma(x4, minusFive, x2));
  odd = fma(x5, four, fma(x3, minusFive, x1));
  odd = f32x4.add(odd, odd);
  v128.store(to, f32x4.add(even, odd), 48);
  v128.store(to, f32x4.sub(even, odd), 64);
  even = fma(x2, four, fma(x4, minusFive, x6));
  odd = fma(x1, four, fma(x3, minusFive, x5));
  even = f32x4.add(even, even);
  v128.store(to, f32x4.add(even, odd), 80);
  v128.store(to, f32x4.sub(even, odd), 96);
}

/**
 * G w: 5 values to 8, stored one after the other.
 *
 * ```
 *   1      0      0      0      0
 * −2/9   ∓2/9   −2/9   ∓2/9   −2/9
 * 1/360  ±2/360 4/360  ±8/360 16/360
 * 16/360 ±8/360 4/360  ±2/360 1/360
 *   0      0      0      0      1
 * ```
 */
@inline
export function transformKernel(to: usize, w0: v128, w1: v128, w2: v128, w3: v128, w4: v128): void {
  v128.store(to, w0);
  v128.store(to, w4, 112);
  const two = f32x4.splat(2);
  const four = f32x4.splat(4);
  const sixteen = f32x4.splat(16);
  let even = f32x4.add(f32x4.add(w0, w2), w4);
  let odd = f32x4.add(w1, w3);
  let factor = f32x4.splat(-2 / 9.0);
  v128.store(to, f32x4.mul(f32x4.add(even, odd), factor), 16);
  v128.store(to, f32x4.mul(f32x4.sub(even, odd), factor), 32);
  even = fma(w4, sixteen, fma(w2, four, w0));
  odd = f32x4.mul(fma(w3, four, w1), two);
  factor = f32x4.splat(1 / 360.0);
  v128.store(to, f32x4.mul(f32x4.add(even, odd), factor), 48);
  v128.store(to, f32x4.mul(f32x4.sub(even, odd), factor), 64);
  even = fma(w0, sixteen, fma(w2, four, w4));
  odd = f32x4.mul(fma(w1, four, w3), two);
  v128.store(to, f32x4.mul(f32x4.add(even, odd), factor), 80);
  v128.store(to, f32x4.mul(f32x4.sub(even, odd), factor), 96);
}

/**
 * Aᵀ m: 8 values to 4, stored one after the other.
 *
 * ```
 *  1  1   1  1   1  8   8  0
 *  0  1  −1  2  −2  4  −4  0
 *  0  1   1  4   4  2   2  0
 *  0  1  −1  8  −8  1  −1  1
 * ```
 */
@inline
export function transformOutput(
  to: usize, constants: usize,
  m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, m6: v128, m7: v128,
): void {
  const two = v128.load(constants, 48);
  const four = v128.load(constants, 64);
  const eight = v128.load(constants, 80);
  const sum1 = f32x4.add(m1, m2);
  const sum2 = f32x4.add(m3, m4);
  const sumHalf = f32x4.add(m5, m6);
  v128.store(to, fma(sumHalf, eight, f32x4.add(f32x4.add(m0, sum1), sum2)));
  v128.store(to, fma(sumHalf, two, fma(sum2, four, sum1)), 32);
  const difference1 = f32x4.sub(m1, m2);
  const difference2 = f32x4.sub(m3, m4);
  const differenceHalf = f32x4.sub(m5, m6);
  v128.store(to, fma(differenceHalf, four, fma(difference2, two, difference1)), 16);
  v128.store(to, fma(difference2, eight, f32x4.add(f32x4.add(difference1, differenceHalf), m7)), 48);
}
