// What happens to the results of a convolution as they are stored. Numbers of src/graph/ops/convolution/call.ts.

const ADD = 1;
const RELU = 2;

/** The value to store at `to`: `v`, what `to` holds plus `v`, or ReLU of `v`, of which NaN stays NaN. */
@inline
export function ended(to: usize, v: v128, ending: i32): v128 {
  if (ending == ADD) return f32x4.add(v128.load(to), v);
  return ending == RELU ? f32x4.pmax(v, f32x4.splat(0)) : v;
}
