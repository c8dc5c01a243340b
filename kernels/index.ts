import { fma } from "./simd";

export { measurePeak, repeatCall } from "./measure";
export { bindControl } from "./control";
export { firstBeyond } from "./order";
export { runSteps, spinForCommand } from "./run";

/** a · b + c of three float32; tells whether the build rounds once or twice. */
export function probeFma(a: f32, b: f32, c: f32): f32 {
  return f32x4.extract_lane(fma(f32x4.splat(a), f32x4.splat(b), f32x4.splat(c)), 0);
}


