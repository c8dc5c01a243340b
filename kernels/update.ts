// The sum of the shards' gradients, in the order of the shards, and the step of gradient descent.

import { Control, SHARDS, UPDATE_TASKS } from "../src/engine/control";
import { control, controlAddress } from "./control";

/** For one of UPDATE_TASKS parts of all parameters: g = Σ over shards; if `updates`, parameter −= rate · g. */
export function reduce(task: i32, updates: bool): void {
  const bytes = <usize>control(Control.ParameterBytes);
  const vectors = bytes >> 4;
  const from = ((vectors * <usize>task) / UPDATE_TASKS) << 4;
  const to = ((vectors * <usize>(task + 1)) / UPDATE_TASKS) << 4;
  const shardBytes = <usize>control(Control.ShardBytes);
  const shards = <usize>control(Control.ShardGradients);
  const sums = <usize>control(Control.Gradients);
  const parameters = <usize>control(Control.Parameters);
  const rate = f32x4.splat(reinterpret<f32>(control(Control.LearningRate)));
  let zeros = f32x4.splat(0);
  for (let at = from; at < to; at += 16) {
    let sum = v128.load(shards + at);
    for (let shard: usize = 1; shard < <usize>SHARDS; shard++) {
      sum = f32x4.add(sum, v128.load(shards + shard * shardBytes + at));
    }
    v128.store(sums + at, sum);
    if (updates) {
      const value = f32x4.sub(v128.load(parameters + at), f32x4.mul(rate, sum));
      v128.store(parameters + at, value);
      // Finite values minus themselves are 0, others NaN.
      zeros = f32x4.add(zeros, f32x4.sub(value, value));
    }
  }
  if (v128.any_true(f32x4.ne(zeros, zeros))) atomic.store<i32>(controlAddress(Control.AllFinite), 0);
}

/** Stores the sum of the batch's losses, in the order of its images. */
export function sumLosses(step: i32, count: i32): void {
  const losses = <usize>control(Control.SlotLosses);
  let sum: f64 = 0;
  for (let slot: usize = 0; slot < <usize>count; slot++) sum += load<f32>(losses + (slot << 2));
  store<f64>(<usize>control(Control.StepLosses) + (<usize>step << 3), sum);
}
