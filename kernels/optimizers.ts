// The steps of the optimizers, as torch.optim takes them. Each changes the parameters from byte `from` to `to` and what
// it keeps of each, and returns 0 in each lane where the new values are finite, else NaN.
//
// Where nothing is known of a parameter yet, its state is 0.

import { AdamScalar, RmsPropScalar, Scalar, SgdScalar } from "../src/engine/control";

/** A scalar in all lanes. */
@inline
function scalar(scalars: usize, word: i32): v128 {
  return v128.load32_splat(scalars + (<usize>word << 2));
}

/**
 * g += decay · p; buffer = kept · buffer + added · g; p −= rate · (straight · g + buffered · buffer)
 *
 * @param buffers address of the momentum; 0 for none, then p −= rate · g
 */
export function sgd(
  from: usize,
  to: usize,
  parameters: usize,
  gradients: usize,
  scalars: usize,
  buffers: usize,
): v128 {
  const rate = scalar(scalars, Scalar.Rate);
  const decay = scalar(scalars, Scalar.Decay);
  const kept = scalar(scalars, SgdScalar.Kept);
  const added = scalar(scalars, SgdScalar.Added);
  const straight = scalar(scalars, SgdScalar.Straight);
  const buffered = scalar(scalars, SgdScalar.Buffered);
  let zeros = f32x4.splat(0);
  for (let at = from; at < to; at += 16) {
    const p = v128.load(parameters + at);
    let g = f32x4.add(v128.load(gradients + at), f32x4.mul(decay, p));
    if (buffers != 0) {
      const old = f32x4.mul(kept, v128.load(buffers + at));
      const buffer = f32x4.add(old, f32x4.mul(added, g));
      v128.store(buffers + at, buffer);
      g = f32x4.add(f32x4.mul(straight, g), f32x4.mul(buffered, buffer));
    }
    const value = f32x4.sub(p, f32x4.mul(rate, g));
    v128.store(parameters + at, value);
    zeros = f32x4.add(zeros, f32x4.sub(value, value));
  }
  return zeros;
}

/**
 * g += decay · p; m += moved · (g − m); v = kept · v + added · g²;
 * p = shrunk · p − rate · m / (√v / correction + epsilon)
 */
export function adam(
  from: usize,
  to: usize,
  parameters: usize,
  gradients: usize,
  scalars: usize,
  means: usize,
  squares: usize,
): v128 {
  const rate = scalar(scalars, Scalar.Rate);
  const decay = scalar(scalars, Scalar.Decay);
  const moved = scalar(scalars, AdamScalar.Moved);
  const kept = scalar(scalars, AdamScalar.Kept);
  const added = scalar(scalars, AdamScalar.Added);
  const correction = scalar(scalars, AdamScalar.Correction);
  const epsilon = scalar(scalars, AdamScalar.Epsilon);
  const shrunk = scalar(scalars, AdamScalar.Shrunk);
  let zeros = f32x4.splat(0);
  for (let at = from; at < to; at += 16) {
    const p = v128.load(parameters + at);
    const g = f32x4.add(v128.load(gradients + at), f32x4.mul(decay, p));
    const before = v128.load(means + at);
    const mean = f32x4.add(before, f32x4.mul(moved, f32x4.sub(g, before)));
    v128.store(means + at, mean);
    const old = f32x4.mul(kept, v128.load(squares + at));
    const square = f32x4.add(old, f32x4.mul(added, f32x4.mul(g, g)));
    v128.store(squares + at, square);
    const size = f32x4.add(f32x4.div(f32x4.sqrt(square), correction), epsilon);
    const value = f32x4.sub(f32x4.mul(shrunk, p), f32x4.div(f32x4.mul(rate, mean), size));
    v128.store(parameters + at, value);
    zeros = f32x4.add(zeros, f32x4.sub(value, value));
  }
  return zeros;
}

/**
 * g += decay · p; v = kept · v + added · g²; where means are kept, m += added · (g − m) and v' = v − m², else v' = v;
 * d = g / (√v' + epsilon); where there is momentum, buffer = momentum · buffer + d and d = buffer; p −= rate · d
 *
 * @param means 0 unless centered
 * @param buffers 0 without momentum
 */
export function rmsProp(
  from: usize,
  to: usize,
  parameters: usize,
  gradients: usize,
  scalars: usize,
  squares: usize,
  means: usize,
  buffers: usize,
): v128 {
  const rate = scalar(scalars, Scalar.Rate);
  const decay = scalar(scalars, Scalar.Decay);
  const kept = scalar(scalars, RmsPropScalar.Kept);
  const added = scalar(scalars, RmsPropScalar.Added);
  const epsilon = scalar(scalars, RmsPropScalar.Epsilon);
  const momentum = scalar(scalars, RmsPropScalar.Momentum);
  const none = f32x4.splat(0);
  let zeros = none;
  for (let at = from; at < to; at += 16) {
    const p = v128.load(parameters + at);
    const g = f32x4.add(v128.load(gradients + at), f32x4.mul(decay, p));
    const old = f32x4.mul(kept, v128.load(squares + at));
    let square = f32x4.add(old, f32x4.mul(added, f32x4.mul(g, g)));
    v128.store(squares + at, square);
    if (means != 0) {
      const before = v128.load(means + at);
      const mean = f32x4.add(before, f32x4.mul(added, f32x4.sub(g, before)));
      v128.store(means + at, mean);
      // A variance; rounding may make it negative, where PyTorch's square root gives NaN.
      square = f32x4.max(f32x4.sub(square, f32x4.mul(mean, mean)), none);
    }
    let direction = f32x4.div(g, f32x4.add(f32x4.sqrt(square), epsilon));
    if (buffers != 0) {
      direction = f32x4.add(f32x4.mul(momentum, v128.load(buffers + at)), direction);
      v128.store(buffers + at, direction);
    }
    const value = f32x4.sub(p, f32x4.mul(rate, direction));
    v128.store(parameters + at, value);
    zeros = f32x4.add(zeros, f32x4.sub(value, value));
  }
  return zeros;
}
