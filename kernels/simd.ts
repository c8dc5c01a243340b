// Fused multiply-add where the build has relaxed SIMD, multiply then add where not.
//
// What V8 does to a loop decides how kernels are written. Found by measuring, `fovea bench --kernels`:
// - All loads of a loop's body move above its multiply-adds. Sums, loads and factors that are alive together must
//   fit the vector registers: 15, as V8 keeps one of the 16. With one more, values go to memory and back in every
//   iteration. So a loop takes one tap an iteration, is not unrolled, and works on groups of 5 or 6 vectors. A
//   branch that is never taken splits a body in two where it needs more.
// - What needs no memory is computed as late as possible, up to its use behind a branch, and so are offsets that
//   are the same in every iteration, again and again. A sum that is used after a loop is finished before a branch
//   out of it; a pointer that is advanced is kept.
// - `max` of two scalars is a branch, which random numbers make the processor guess wrong half of the time;
//   `f32x4.pmax` is none.
// - Literals, and scalars spread over the lanes, are rebuilt in every iteration. So constants are loaded from memory
//   before the loop (`v128.load_splat`), and masks are made from comparisons.
// - `v128.load_splat` at a fixed offset keeps its address in a register; ten of them push out what the loop needs.
//   Lanes of one loaded vector, spread by shuffles, cost less.
// - Code starts in a quick compilation and is replaced while it runs: measure after a warm-up.
// - The baseline compiler of Node 20 loses floats across a wait: functions that wait have none.
// The processor adds one more: a load that covers a part of a recent store waits until that store has left the
// store buffer. Rows that are added to one after the other should be the same or far apart.

@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

@inline
export function sum4(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** All ones in the first `count` lanes (0..4), zeros after. */
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

/** Lanes 0 and 2 of two vectors: the first of each pair. */
@inline
export function evenLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
}

/** Lanes 1 and 3 of two vectors: the second of each pair. */
@inline
export function oddLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
}

/** Lanes 0 and 1 of two vectors, in turns: with `lowPairs` and the next two, steps of a 4×4 transposition. */
@inline
export function lowLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}

/** Lanes 2 and 3 of two vectors, in turns. */
@inline
export function highLanes(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}

/** Lanes 0 and 1 of one vector, then of another. */
@inline
export function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}

/** Lanes 2 and 3 of one vector, then of another. */
@inline
export function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 3, 6, 7);
}

/** Lanes 0, 0, 1, 1 of memory. */
@inline
export function pairs(address: usize): v128 {
  const v = v128.load(address);
  return v128.shuffle<f32>(v, v, 0, 0, 1, 1);
}

/** Two channels of two neighbouring places, four channels apart in memory: both places of the first, then of the second. */
@inline
export function placesOf(column: usize): v128 {
  return v128.shuffle<f32>(v128.load(column), v128.load(column, 16), 0, 4, 1, 5);
}
