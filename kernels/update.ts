// What follows a batch's gradients: their sum over the shards, in the order of the shards, clipping, the step of the
// optimizer, and the moving average of the parameters.
//
// Blocks small enough for the nearest cache pass through all of these in turn, so that memory is read once.

import {
  BUFFERS,
  Control,
  PhaseKind,
  Scalar,
  SegmentField,
  SHARDS,
  UPDATE_TASKS,
  UpdateField,
  UpdateKernel,
} from "../src/engine/control";
import { control, controlAddress } from "./control";
import { adam, rmsProp, sgd } from "./optimizers";

const BLOCK: usize = 4096;

/** One of UPDATE_TASKS parts of all parameters. */
export function runUpdateTask(kind: i32, task: i32, step: i32): void {
  const vectors = <usize>control(Control.ParameterBytes) >> 4;
  const from = ((vectors * <usize>task) / UPDATE_TASKS) << 4;
  const to = ((vectors * <usize>(task + 1)) / UPDATE_TASKS) << 4;
  if (kind == PhaseKind.Update || kind == PhaseKind.Apply) {
    const sums = kind == PhaseKind.Update;
    if (sums && field(UpdateField.Kernel) == UpdateKernel.Descent) descendPart(from, to, step);
    else updatePart(from, to, step, sums);
    if (task == UPDATE_TASKS - 1) averageBuffers(step);
    return;
  }
  reduce(from, to);
  if (kind == PhaseKind.Measure) measurePart(from, to, task);
}

@inline
function field(word: UpdateField): i32 {
  return load<i32>(<usize>control(Control.Update) + (<usize>word << 2));
}

@inline
function floatField(word: UpdateField): f32 {
  return reinterpret<f32>(field(word));
}

/** Address of segment `index`. */
@inline
function segment(index: i32): usize {
  return <usize>field(UpdateField.Segments) + <usize>index * (SegmentField.Words << 2);
}

@inline
function segmentField(at: usize, word: SegmentField): i32 {
  return load<i32>(at + (<usize>word << 2));
}

/** The scalars of a step and group. */
function scalarsOf(step: i32, group: i32): usize {
  const row = <usize>step * <usize>field(UpdateField.Groups) + <usize>group;
  return <usize>control(Control.Scalars) + row * (Scalar.Words << 2);
}

/** The sum of the shards' gradients, in the order of the shards, from byte `from` to `to`. */
function reduce(from: usize, to: usize): void {
  const shardBytes = <usize>control(Control.ShardBytes);
  const shards = <usize>control(Control.ShardGradients);
  const sums = <usize>control(Control.Gradients);
  for (let at = from; at < to; at += 16) {
    let sum = v128.load(shards + at);
    for (let shard: usize = 1; shard < <usize>SHARDS; shard++) {
      sum = f32x4.add(sum, v128.load(shards + shard * shardBytes + at));
    }
    v128.store(sums + at, sum);
  }
}

/** Sums the shards' gradients, and takes a step of plain gradient descent in each segment. */
function descendPart(from: usize, to: usize, step: i32): void {
  const segments = field(UpdateField.SegmentCount);
  let at = from;
  for (let i = 0; i < segments; i++) {
    const one = segment(i);
    const group = segmentField(one, SegmentField.Group);
    const first = max(from, <usize>segmentField(one, SegmentField.From));
    const end = min(to, <usize>segmentField(one, SegmentField.To));
    if (first >= end || group == BUFFERS) continue;
    reduce(at, first);
    descend(first, end, load<f32>(scalarsOf(step, group) + (Scalar.Rate << 2)));
    at = end;
  }
  reduce(at, to);
}

/** g = Σ over shards; p −= rate · g */
function descend(from: usize, to: usize, learningRate: f32): void {
  const shardBytes = <usize>control(Control.ShardBytes);
  const shards = <usize>control(Control.ShardGradients);
  const sums = <usize>control(Control.Gradients);
  const parameters = <usize>control(Control.Parameters);
  const rate = f32x4.splat(learningRate);
  let zeros = f32x4.splat(0);
  for (let at = from; at < to; at += 16) {
    let sum = v128.load(shards + at);
    for (let shard: usize = 1; shard < <usize>SHARDS; shard++) {
      sum = f32x4.add(sum, v128.load(shards + shard * shardBytes + at));
    }
    v128.store(sums + at, sum);
    const value = f32x4.sub(v128.load(parameters + at), f32x4.mul(rate, sum));
    v128.store(parameters + at, value);
    // Finite values minus themselves are 0, others NaN.
    zeros = f32x4.add(zeros, f32x4.sub(value, value));
  }
  noteFinite(zeros);
}

/** @param zeros 0 in each lane where all parameters are finite, else NaN */
function noteFinite(zeros: v128): void {
  if (v128.any_true(f32x4.ne(zeros, zeros))) {
    atomic.store<i32>(controlAddress(Control.AllFinite), 0);
  }
}

/** @param sums whether the shards' gradients have to be summed yet */
function updatePart(from: usize, to: usize, step: i32, sums: bool): void {
  const scale = clippingScale();
  const segments = field(UpdateField.SegmentCount);
  let at = from;
  for (let i = 0; i < segments; i++) {
    const one = segment(i);
    const first = max(from, <usize>segmentField(one, SegmentField.From));
    const end = min(to, <usize>segmentField(one, SegmentField.To));
    if (first >= end) continue;
    if (sums) reduce(at, first);
    const group = segmentField(one, SegmentField.Group);
    for (at = first; at < end; ) {
      const next = min(at + BLOCK, end);
      if (sums) reduce(at, next);
      if (group == BUFFERS) average(at, next, scalarsOf(step, 0));
      else updateBlock(at, next, scalarsOf(step, group), scale);
      at = next;
    }
  }
  if (sums) reduce(at, to);
}

/** Averages what lies behind the trained parameters, such as running statistics. */
function averageBuffers(step: i32): void {
  if (field(UpdateField.Averages) == 0) return;
  const trainedEnd = <usize>control(Control.ParameterBytes);
  const segments = field(UpdateField.SegmentCount);
  for (let i = 0; i < segments; i++) {
    const one = segment(i);
    const first = <usize>segmentField(one, SegmentField.From);
    if (first >= trainedEnd) average(first, <usize>segmentField(one, SegmentField.To), scalarsOf(step, 0));
  }
}

function updateBlock(from: usize, to: usize, scalars: usize, scale: f32): void {
  clip(from, to, scale);
  const kernel = field(UpdateField.Kernel);
  const first = <usize>field(UpdateField.FirstState);
  const second = <usize>field(UpdateField.SecondState);
  const third = <usize>field(UpdateField.ThirdState);
  const gradients = <usize>control(Control.Gradients);
  const parameters = <usize>control(Control.Parameters);
  if (kernel == UpdateKernel.Adam) {
    noteFinite(adam(from, to, parameters, gradients, scalars, first, second));
  } else if (kernel == UpdateKernel.RmsProp) {
    noteFinite(rmsProp(from, to, parameters, gradients, scalars, first, second, third));
  } else {
    noteFinite(sgd(from, to, parameters, gradients, scalars, first));
  }
  average(from, to, scalars);
}

/** Multiplies gradients by a scale, and limits the size of each. */
function clip(from: usize, to: usize, scale: f32): void {
  const largest = floatField(UpdateField.LargestValue);
  const gradients = <usize>control(Control.Gradients);
  if (largest > 0) {
    const most = f32x4.splat(largest);
    const least = f32x4.splat(-largest);
    for (let at = from; at < to; at += 16) {
      const g = v128.load(gradients + at);
      v128.store(gradients + at, f32x4.max(f32x4.min(g, most), least));
    }
  }
  // Also true of NaN, which then reaches every parameter.
  if (scale != 1) {
    const factor = f32x4.splat(scale);
    for (let at = from; at < to; at += 16) {
      v128.store(gradients + at, f32x4.mul(v128.load(gradients + at), factor));
    }
  }
}

/** min(1, largest norm / (norm of all gradients + 10⁻⁶)); 1 where there is no largest norm */
function clippingScale(): f32 {
  const largest = floatField(UpdateField.LargestNorm);
  if (largest == 0) return 1;
  const squares = <usize>field(UpdateField.Squares);
  let sum: f64 = 0;
  for (let task: usize = 0; task < <usize>UPDATE_TASKS; task++) sum += load<f64>(squares + (task << 3));
  return <f32>min(<f64>1, <f64>largest / (sqrt(sum) + 1e-6));
}

/** Stores Σ g² of the task's trained parameters. */
function measurePart(from: usize, to: usize, task: i32): void {
  const segments = field(UpdateField.SegmentCount);
  let sum: f64 = 0;
  for (let i = 0; i < segments; i++) {
    const one = segment(i);
    const first = max(from, <usize>segmentField(one, SegmentField.From));
    const end = min(to, <usize>segmentField(one, SegmentField.To));
    if (first < end && segmentField(one, SegmentField.Group) != BUFFERS) {
      sum += sumOfSquares(first, end);
    }
  }
  store<f64>(<usize>field(UpdateField.Squares) + (<usize>task << 3), sum);
}

function sumOfSquares(from: usize, to: usize): f64 {
  const gradients = <usize>control(Control.Gradients);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let at = from; at < to; at += 16) {
    const g = v128.load(gradients + at);
    const a = f64x2.promote_low_f32x4(g);
    const b = f64x2.promote_low_f32x4(i32x4.shuffle(g, g, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** average = kept · average + added · p, where averages are kept */
function average(from: usize, to: usize, scalars: usize): void {
  const averages = <usize>field(UpdateField.Averages);
  if (averages == 0) return;
  const parameters = <usize>control(Control.Parameters);
  const kept = v128.load32_splat(scalars + (Scalar.AverageKept << 2));
  const added = v128.load32_splat(scalars + (Scalar.AverageAdded << 2));
  for (let at = from; at < to; at += 16) {
    const old = f32x4.mul(kept, v128.load(averages + at));
    v128.store(averages + at, f32x4.add(old, f32x4.mul(added, v128.load(parameters + at))));
  }
}

/** Stores the sum of the batch's losses, in the order of its images. */
export function sumLosses(step: i32, count: i32): void {
  const losses = <usize>control(Control.SlotLosses);
  let sum: f64 = 0;
  for (let slot: usize = 0; slot < <usize>count; slot++) sum += load<f32>(losses + (slot << 2));
  store<f64>(<usize>control(Control.StepLosses) + (<usize>step << 3), sum);
}
