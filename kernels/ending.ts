// What happens to the results of a convolution as they are stored. Numbers of src/graph/ops/convolution/call.ts.

import { storeLanes } from "./simd";

const ADD = 1;
const RELU = 2;

/** The value to store at `to`: `v`, what `to` holds plus `v`, or ReLU of `v`, of which NaN stays NaN. */
@inline
export function ended(to: usize, v: v128, ending: i32): v128 {
  if (ending == ADD) return f32x4.add(v128.load(to), v);
  return ending == RELU ? f32x4.pmax(v, f32x4.splat(0)) : v;
}

/** Stores `lanes` channels of four positions, `pixel` bytes apart; of the first 1 + `last`, where that is less. */
@inline
export function storeFour(
  to: usize, pixel: usize, v0: v128, v1: v128, v2: v128, v3: v128, last: i32, lanes: i32, ending: i32,
): void {
  storeOne(to, v0, lanes, ending);
  if (last > 0) storeOne(to + pixel, v1, lanes, ending);
  if (last > 1) storeOne(to + 2 * pixel, v2, lanes, ending);
  if (last > 2) storeOne(to + 3 * pixel, v3, lanes, ending);
}

@inline
function storeOne(to: usize, v: v128, lanes: i32, ending: i32): void {
  storeLanes(to, ended(to, v, ending), lanes);
}
