// e^x of four values over the whole range of float32, for the activations that are made of it.

import { fma } from "./simd";

/**
 * Coefficients of (e^r − 1 − r) / r² in ±½ ln 2, highest first, as in Cephes' `expf` (S. Moshier, 1989): relative error
 * of e^r at most 1e-7.
 */
const TAIL = memory.data<f32>([
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
]);

/** log2 e, then ln 2 in two parts: the first has few bits, so that its products with whole numbers are exact. */
const LN2 = memory.data<f32>([1.44269504088896341, 0.693359375, -2.12194440e-4]);

/** Beyond these e^x is infinite, or rounds to 0. */
const LIMITS = memory.data<f32>([89, -104]);

/** e^r − 1 = r + r² · tail(r), r in ±½ ln 2: exact near 0, where e^r − 1 would cancel. */
@inline
export function expm1Near0(r: v128): v128 {
  let tail = v128.load_splat<f32>(TAIL);
  tail = fma(tail, r, v128.load_splat<f32>(TAIL, 4));
  tail = fma(tail, r, v128.load_splat<f32>(TAIL, 8));
  tail = fma(tail, r, v128.load_splat<f32>(TAIL, 12));
  tail = fma(tail, r, v128.load_splat<f32>(TAIL, 16));
  tail = fma(tail, r, v128.load_splat<f32>(TAIL, 20));
  return fma(f32x4.mul(r, r), tail, r);
}

/** e^x = 2^n · e^r with n = round(x · log2 e), r = x − n · ln 2. NaN stays NaN. */
@inline
export function exp4(x: v128): v128 {
  // In this order of the operands NaN passes.
  const v = f32x4.pmin(f32x4.pmax(x, v128.load_splat<f32>(LIMITS, 4)), v128.load_splat<f32>(LIMITS));
  const n = f32x4.nearest(f32x4.mul(v, v128.load_splat<f32>(LN2)));
  const high = f32x4.sub(v, f32x4.mul(n, v128.load_splat<f32>(LN2, 4)));
  const r = f32x4.sub(high, f32x4.mul(n, v128.load_splat<f32>(LN2, 8)));
  const y = f32x4.add(expm1Near0(r), f32x4.splat(1));
  // 2^n in two factors: n goes up to 128 and down to −150, past the exponents of one float32.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(y, powerOf2(half)), powerOf2(i32x4.sub(whole, half)));
}

/** 2^n, n in −126..127. */
@inline
function powerOf2(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}
