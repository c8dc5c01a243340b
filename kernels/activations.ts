// Activations, value by value. Backward kernels add to gx.

import { exp4, expm1Near0 } from "./exponential";
import { addLanes, fma, storeLanes } from "./simd";

@inline
function one(): v128 {
  return f32x4.splat(1);
}

@inline
function sigmoid4(x: v128): v128 {
  return f32x4.div(one(), f32x4.add(one(), exp4(f32x4.neg(x))));
}

/** y = 1 / (1 + e^−x) */
export function sigmoidForward(x: usize, y: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    storeLanes(y + at, sigmoid4(v128.load(x + at)), count - i);
  }
}

/** gx += gy · y · (1 − y) */
export function sigmoidBackward(y: usize, gy: usize, gx: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const s = v128.load(y + at);
    const slope = f32x4.mul(s, f32x4.sub(one(), s));
    addLanes(gx + at, f32x4.mul(v128.load(gy + at), slope), count - i);
  }
}

/**
 * Coefficients of (tanh(x) − x) / x³ as a polynomial in x², |x| < 0.625, highest first, as in Cephes' `tanhf`
 * (S. Moshier, 1989).
 */
const TANH = memory.data<f32>([
  -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1,
]);

/** tanh(x) = sign(x) · (1 − 2 / (e^(2·|x|) + 1)); near 0, where this cancels, a polynomial. */
@inline
function tanh4(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = v128.load_splat<f32>(TANH);
  p = fma(p, z, v128.load_splat<f32>(TANH, 4));
  p = fma(p, z, v128.load_splat<f32>(TANH, 8));
  p = fma(p, z, v128.load_splat<f32>(TANH, 12));
  p = fma(p, z, v128.load_splat<f32>(TANH, 16));
  const near = fma(f32x4.mul(p, z), x, x);
  const size = f32x4.abs(x);
  const e = exp4(f32x4.add(size, size));
  const far = f32x4.sub(one(), f32x4.div(f32x4.splat(2), f32x4.add(e, one())));
  const signed = v128.or(far, v128.and(x, f32x4.splat(-0.0)));
  return v128.bitselect(near, signed, f32x4.lt(size, f32x4.splat(0.625)));
}

/** y = tanh(x) */
export function tanhForward(x: usize, y: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    storeLanes(y + at, tanh4(v128.load(x + at)), count - i);
  }
}

/** gx += gy · (1 − y²) */
export function tanhBackward(y: usize, gy: usize, gx: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const t = v128.load(y + at);
    const slope = f32x4.sub(one(), f32x4.mul(t, t));
    addLanes(gx + at, f32x4.mul(v128.load(gy + at), slope), count - i);
  }
}

/** y = x / (1 + e^−x) */
export function siluForward(x: usize, y: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    storeLanes(y + at, f32x4.div(v, f32x4.add(one(), exp4(f32x4.neg(v)))), count - i);
  }
}

/** gx += gy · s · (1 + x · (1 − s)), s = 1 / (1 + e^−x) */
export function siluBackward(x: usize, gy: usize, gx: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const s = sigmoid4(v);
    const slope = f32x4.mul(s, fma(v, f32x4.sub(one(), s), one()));
    addLanes(gx + at, f32x4.mul(v128.load(gy + at), slope), count - i);
  }
}

/** y = x where x > 0, else slope · x; NaN stays NaN */
export function leakyReluForward(x: usize, y: usize, count: i32, slope: f32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const low = f32x4.mul(v, f32x4.splat(slope));
    storeLanes(y + at, v128.bitselect(v, low, f32x4.gt(v, f32x4.splat(0))), count - i);
  }
}

/** gx += gy where x > 0, else slope · gy */
export function leakyReluBackward(x: usize, gy: usize, gx: usize, count: i32, slope: f32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const g = v128.load(gy + at);
    const low = f32x4.mul(g, f32x4.splat(slope));
    const positive = f32x4.gt(v128.load(x + at), f32x4.splat(0));
    addLanes(gx + at, v128.bitselect(g, low, positive), count - i);
  }
}

/** e^x − 1, x ≤ 0. */
@inline
function expm1Of4(x: v128): v128 {
  const isNear = f32x4.gt(x, f32x4.splat(-0.34));
  return v128.bitselect(expm1Near0(x), f32x4.sub(exp4(x), one()), isNear);
}

/** y = x where x > 0, else α · (e^x − 1) */
export function eluForward(x: usize, y: usize, count: i32, alpha: f32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const low = f32x4.mul(f32x4.splat(alpha), expm1Of4(v));
    storeLanes(y + at, v128.bitselect(v, low, f32x4.gt(v, f32x4.splat(0))), count - i);
  }
}

/** gx += gy where x > 0, else α · e^x · gy */
export function eluBackward(x: usize, gy: usize, gx: usize, count: i32, alpha: f32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const g = v128.load(gy + at);
    const low = f32x4.mul(g, f32x4.mul(f32x4.splat(alpha), exp4(v)));
    addLanes(gx + at, v128.bitselect(g, low, f32x4.gt(v, f32x4.splat(0))), count - i);
  }
}

/** p, then a₅ to a₁ of `erf4`. */
const ERF = memory.data<f32>([0.3275911, 1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]);
const SQRT_HALF: f32 = 0.70710678;
/** 1 / √(2π) */
const DENSITY: f32 = 0.39894228;

/**
 * erf(z) = sign(z) · (1 − (a₁·t + … + a₅·t⁵) · e^(−z²)), t = 1 / (1 + p·|z|), with e^(−z²) given. Abramowitz and Stegun,
 * "Handbook of Mathematical Functions", 7.1.26: error at most 1.5e-7.
 */
@inline
function erf4(z: v128, exponential: v128): v128 {
  const t = f32x4.div(one(), fma(f32x4.abs(z), v128.load_splat<f32>(ERF), one()));
  let p = v128.load_splat<f32>(ERF, 4);
  p = fma(p, t, v128.load_splat<f32>(ERF, 8));
  p = fma(p, t, v128.load_splat<f32>(ERF, 12));
  p = fma(p, t, v128.load_splat<f32>(ERF, 16));
  p = fma(p, t, v128.load_splat<f32>(ERF, 20));
  const size = f32x4.sub(one(), f32x4.mul(f32x4.mul(p, t), exponential));
  return v128.or(size, v128.and(z, f32x4.splat(-0.0)));
}

/** y = x · Φ(x), Φ(x) = (1 + erf(x / √2)) / 2 */
export function geluForward(x: usize, y: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const z = f32x4.mul(v, f32x4.splat(SQRT_HALF));
    const erf = erf4(z, exp4(f32x4.neg(f32x4.mul(z, z))));
    const phi = f32x4.mul(f32x4.splat(0.5), f32x4.add(one(), erf));
    storeLanes(y + at, f32x4.mul(v, phi), count - i);
  }
}

/** gx += gy · (Φ(x) + x · e^(−x²/2) / √(2π)) */
export function geluBackward(x: usize, gy: usize, gx: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const z = f32x4.mul(v, f32x4.splat(SQRT_HALF));
    const exponential = exp4(f32x4.neg(f32x4.mul(z, z)));
    const phi = f32x4.mul(f32x4.splat(0.5), f32x4.add(one(), erf4(z, exponential)));
    const density = f32x4.mul(exponential, f32x4.splat(DENSITY));
    addLanes(gx + at, f32x4.mul(v128.load(gy + at), fma(v, density, phi)), count - i);
  }
}

/** √(2/π) */
const INNER: f32 = 0.79788456;
const CUBIC: f32 = 0.044715;

/** tanh(√(2/π) · (x + 0.044715 · x³)) */
@inline
function geluTanh4(x: v128): v128 {
  const cubed = f32x4.mul(f32x4.mul(x, x), x);
  return tanh4(f32x4.mul(f32x4.splat(INNER), fma(cubed, f32x4.splat(CUBIC), x)));
}

/** y = x · (1 + t) / 2, t as in `geluTanh4` */
export function geluTanhForward(x: usize, y: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const half = f32x4.mul(f32x4.splat(0.5), v);
    storeLanes(y + at, f32x4.mul(half, f32x4.add(one(), geluTanh4(v))), count - i);
  }
}

/** gx += gy · ((1 + t) / 2 + x · (1 − t²) / 2 · √(2/π) · (1 + 3 · 0.044715 · x²)) */
export function geluTanhBackward(x: usize, gy: usize, gx: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const t = geluTanh4(v);
    const half = f32x4.splat(0.5);
    const inner = f32x4.mul(f32x4.splat(INNER), fma(f32x4.mul(v, v), f32x4.splat(3 * CUBIC), one()));
    const bend = f32x4.mul(f32x4.mul(half, v), f32x4.mul(f32x4.sub(one(), f32x4.mul(t, t)), inner));
    const slope = fma(half, f32x4.add(one(), t), bend);
    addLanes(gx + at, f32x4.mul(v128.load(gy + at), slope), count - i);
  }
}
