// What V8 does to a loop decides how kernels are written. Found by measuring, `fovea bench --kernels`:
// - V8 moves all loads of a loop's body before its multiply-adds. Sums, loads and factors that are alive together must
//   fit 15 vector registers, as V8 keeps one of the 16. With one more, values go to memory and back in every iteration.
//   So a loop computes one tap per iteration, is not unrolled, and works on groups of 5 or 6 vectors. Where a body
//   needs more, a branch that is never taken splits it in two.
// - V8 delays what needs no memory until it is used, even past a branch. So a sum that is used after a loop gets
//   finished before each branch out of the loop.
// - V8 computes offsets that are the same in every iteration again in each. A pointer that is advanced stays in a
//   register.
// - V8 compiles `max` of two scalars to a branch, which random numbers make unpredictable; not so `f32x4.pmax`.
// - V8 builds literals, and splats scalars over the lanes, again in every iteration. So constants are loaded from
//   memory before the loop (`v128.load_splat`), and masks are made by comparisons.
// - `v128.load_splat` at a fixed offset keeps its address in a register; ten of them leave too few to the loop.
//   Shuffles that splat the lanes of one loaded vector cost less.
// - V8 first compiles code quickly, and replaces it by faster code while it runs: measure after a warm-up.
// - Node 20's baseline compiler loses floats across a wait: functions that wait have none.
//
// The processor adds one more: a load that overlaps part of a recent store waits until that store has left the store
// buffer. Rows that are added to one after the other should be the same or far apart.

/** a · b + c: fused, rounded once, where the build has relaxed SIMD; else rounded twice. */
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of four lanes. */
@inline
export function sum4(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** All bits 1 in the first `count` lanes (0..4), 0 in the others. */
@inline
export function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** Stores the first `count` lanes (1..4). */
@inline
export function storeLanes(address: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(address, v);
    return;
  }
  v128.store_lane<f32>(address, v, 0);
  if (count > 1) v128.store_lane<f32>(address, v, 1, 4);
  if (count > 2) v128.store_lane<f32>(address, v, 2, 8);
}

/** memory += v, in the first `count` lanes */
@inline
export function addLanes(address: usize, v: v128, count: i32): void {
  storeLanes(address, f32x4.add(v128.load(address), v), count);
}

/** memory += v */
@inline
export function addVector(address: usize, v: v128): void {
  v128.store(address, f32x4.add(v128.load(address), v));
}

/** memory += value */
@inline
export function addScalar(address: usize, value: f32): void {
  store<f32>(address, load<f32>(address) + value);
}

/** a0, a2, b0, b2: the first of each pair. */
@inline
export function evenLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

/** a1, a3, b1, b3: the second of each pair. */
@inline
export function oddLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/** a0, b0, a1, b1. With `highLanes`, `lowPairs` and `highPairs` it makes a 4×4 transposition. */
@inline
export function lowLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}

/** a2, b2, a3, b3 */
@inline
export function highLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}

/** a0, a1, b0, b1 */
@inline
export function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}

/** a2, a3, b2, b3 */
@inline
export function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 3, 6, 7);
}

/** Lanes 0, 0, 1, 1 of a vector in memory. */
@inline
export function pairs(address: usize): v128 {
  const v = v128.load(address);
  return v128.shuffle<f32>(v, v, 0, 0, 1, 1);
}

/** Two channels at two positions one vector apart in memory: both positions of the first channel, then of the second. */
@inline
export function twoPositions(column: usize): v128 {
  return v128.shuffle<f32>(v128.load(column), v128.load(column, 16), 0, 4, 1, 5);
}
