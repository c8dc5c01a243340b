// For benchmarks only: one call, repeated, and the processor's peak.

import { interpret } from "./interpret.generated";
import { fma } from "./simd";

/** Runs the words at an address `times` times, on the thread that ran last and its last image. */
export function repeatCall(code: usize, times: i32): void {
  for (let i = 0; i < times; i++) interpret(code);
}

/** Vector multiply-adds per iteration of `measurePeak`, one in each chain. */
const CHAINS = 10;

/** Ten independent chains of multiply-adds in registers. The result depends on all of them. */
export function measurePeak(iterations: i32): f32 {
  let a0 = f32x4.splat(0.1);
  let a1 = f32x4.splat(0.2);
  let a2 = f32x4.splat(0.3);
  let a3 = f32x4.splat(0.4);
  let a4 = f32x4.splat(0.5);
  let a5 = f32x4.splat(0.6);
  let a6 = f32x4.splat(0.7);
  let a7 = f32x4.splat(0.8);
  let a8 = f32x4.splat(0.9);
  let a9 = f32x4.splat(1.0);
  // Not constants: the V8 of Node 24 builds a constant again before each use, which takes longer than the use.
  const one = <f32>(iterations > 0);
  const factor = f32x4.splat(0.999 * one);
  const term = f32x4.splat(0.001 * one);
  for (let i = 0; i < iterations; i += CHAINS) {
    a0 = fma(a0, factor, term);
    a1 = fma(a1, factor, term);
    a2 = fma(a2, factor, term);
    a3 = fma(a3, factor, term);
    a4 = fma(a4, factor, term);
    a5 = fma(a5, factor, term);
    a6 = fma(a6, factor, term);
    a7 = fma(a7, factor, term);
    a8 = fma(a8, factor, term);
    a9 = fma(a9, factor, term);
  }
  const low = f32x4.add(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)), a4);
  const high = f32x4.add(f32x4.add(f32x4.add(a5, a6), f32x4.add(a7, a8)), a9);
  return f32x4.extract_lane(f32x4.add(low, high), 0);
}
