// Batch norm: what one thread computes for the whole batch, and what evaluation computes from running statistics. The
// images' own sums are added in float64, in the order of the images. The other kernels are in norm.ts.

import { Control } from "../src/engine/control";
import { controlAddress } from "./control";
import { listBytes } from "./norm";
import { addLanes, firstLanes, lowPairs, storeLanes } from "./simd";

/** Lanes 0 and 1, as float64. */
@inline
function low(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

/** Lanes 2 and 3, as float64. */
@inline
function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
}

/** The inverse of `low` and `high`. */
@inline
function lanes(low: v128, high: v128): v128 {
  return lowPairs(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high));
}

/** n · (v − mean)² */
@inline
function spread(v: v128, mean: v128, n: v128): v128 {
  const distance = f64x2.sub(v, mean);
  return f64x2.mul(n, f64x2.mul(distance, distance));
}

/** Writes the three lists of statistics for four channels: mean, scale = weight / σ, and 1 / σ. */
@inline
function storeStatistics(
  statistics: usize,
  list: usize,
  at: usize,
  mean: v128,
  varianceLow: v128,
  varianceHigh: v128,
  weight: usize,
  eps: f32,
): void {
  const one = f64x2.splat(1);
  const epsilon = f64x2.splat(<f64>eps);
  const inverseLow = f64x2.div(one, f64x2.sqrt(f64x2.add(varianceLow, epsilon)));
  const inverseHigh = f64x2.div(one, f64x2.sqrt(f64x2.add(varianceHigh, epsilon)));
  const inverse = lanes(inverseLow, inverseHigh);
  v128.store(statistics + at, mean);
  v128.store(statistics + list + at, weight ? f32x4.mul(v128.load(weight + at), inverse) : inverse);
  v128.store(statistics + 2 * list + at, inverse);
}

/**
 * Mean and biased variance over the batch, from those of its images (`channelMoments`): over equally many values each,
 * mean = Σ meanᵢ / images, and the sum of squares is Σ (squaresᵢ + n · (meanᵢ − mean)²), as Chan, Golub and LeVeque
 * (1979) combine them. If `updates`, then running ← (1 − momentum) · running + momentum · batch, with the unbiased
 * variance; a batch of one value has none, and leaves both as they are.
 */
export function batchNormCombine(
  moments: usize,
  weight: usize,
  runningMean: usize,
  runningVar: usize,
  statistics: usize,
  positions: i32,
  channels: i32,
  updates: i32,
  eps: f32,
  momentum: f32,
  count: i32,
  slotBytes: usize,
): void {
  const list = listBytes(channels);
  const images = f64x2.splat(<f64>count);
  const n = f64x2.splat(<f64>positions);
  const values = <f64>count * <f64>positions;
  const end = moments + <usize>count * slotBytes;
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    let meanLow = f64x2.splat(0);
    let meanHigh = f64x2.splat(0);
    for (let image = moments + at; image < end; image += slotBytes) {
      const mean = v128.load(image);
      meanLow = f64x2.add(meanLow, low(mean));
      meanHigh = f64x2.add(meanHigh, high(mean));
    }
    meanLow = f64x2.div(meanLow, images);
    meanHigh = f64x2.div(meanHigh, images);
    let sumLow = f64x2.splat(0);
    let sumHigh = f64x2.splat(0);
    for (let image = moments + at; image < end; image += slotBytes) {
      const mean = v128.load(image);
      const squares = v128.load(image + list);
      sumLow = f64x2.add(sumLow, f64x2.add(low(squares), spread(low(mean), meanLow, n)));
      sumHigh = f64x2.add(sumHigh, f64x2.add(high(squares), spread(high(mean), meanHigh, n)));
    }
    const biased = f64x2.splat(values);
    const mean = lanes(meanLow, meanHigh);
    storeStatistics(statistics, list, at, mean, f64x2.div(sumLow, biased), f64x2.div(sumHigh, biased), weight, eps);
    if (!updates || values <= 1) continue;
    const unbiased = f64x2.splat(values - 1);
    const part = <f64>momentum;
    follow(runningMean + at, meanLow, meanHigh, part, channels - c);
    follow(runningVar + at, f64x2.div(sumLow, unbiased), f64x2.div(sumHigh, unbiased), part, channels - c);
  }
}

/** Moves the first `count` of four running values towards new ones. */
function follow(running: usize, newLow: v128, newHigh: v128, momentum: f64, count: i32): void {
  const part = f64x2.splat(momentum);
  const rest = f64x2.splat(1 - momentum);
  const old = v128.load(running);
  const next = lanes(
    f64x2.add(f64x2.mul(rest, low(old)), f64x2.mul(part, newLow)),
    f64x2.add(f64x2.mul(rest, high(old)), f64x2.mul(part, newHigh)),
  );
  storeLanes(running, next, count);
  // Finite values minus themselves are 0, others NaN.
  const zeros = f32x4.sub(next, next);
  const broken = v128.and(f32x4.ne(zeros, zeros), firstLanes(count));
  if (v128.any_true(broken)) atomic.store<i32>(controlAddress(Control.AllFinite), 0);
}

/** Statistics for evaluation, from the running ones. */
export function batchNormRunning(
  weight: usize,
  runningMean: usize,
  runningVar: usize,
  statistics: usize,
  channels: i32,
  eps: f32,
): void {
  const list = listBytes(channels);
  for (let at: usize = 0; at < list; at += 16) {
    const variance = v128.load(runningVar + at);
    storeStatistics(statistics, list, at, v128.load(runningMean + at), low(variance), high(variance), weight, eps);
  }
}

/**
 * Sums over the batch of g and of g · x̂, from those of its images (`normSums`): they are the gradients of bias and
 * weight, and give the coefficients of `normBackward`: b = scale · Σ g / N and d = scale / σ · Σ (g · x̂) / N over the
 * N values of a channel.
 */
export function batchNormCombineBackward(
  sums: usize,
  statistics: usize,
  coefficients: usize,
  gWeight: usize,
  gBias: usize,
  positions: i32,
  channels: i32,
  count: i32,
  slotBytes: usize,
): void {
  const list = listBytes(channels);
  const values = f64x2.splat(<f64>count * <f64>positions);
  const end = sums + <usize>count * slotBytes;
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    let gLow = f64x2.splat(0);
    let gHigh = f64x2.splat(0);
    let pLow = f64x2.splat(0);
    let pHigh = f64x2.splat(0);
    for (let image = sums + at; image < end; image += slotBytes) {
      const g = v128.load(image);
      const p = v128.load(image + list);
      gLow = f64x2.add(gLow, low(g));
      gHigh = f64x2.add(gHigh, high(g));
      pLow = f64x2.add(pLow, low(p));
      pHigh = f64x2.add(pHigh, high(p));
    }
    if (gWeight) addLanes(gWeight + at, lanes(pLow, pHigh), channels - c);
    if (gBias) addLanes(gBias + at, lanes(gLow, gHigh), channels - c);
    const scale = v128.load(statistics + list + at);
    const meanG = lanes(f64x2.div(gLow, values), f64x2.div(gHigh, values));
    const meanP = lanes(f64x2.div(pLow, values), f64x2.div(pHigh, values));
    v128.store(coefficients + at, f32x4.mul(scale, meanG));
    const steep = f32x4.mul(scale, v128.load(statistics + 2 * list + at));
    v128.store(coefficients + list + at, f32x4.mul(steep, meanP));
  }
}

/** Evaluation's gradients of weight and bias, from one image's sums (`normSums`). */
export function batchNormAddSums(sums: usize, gWeight: usize, gBias: usize, channels: i32): void {
  const list = listBytes(channels);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    addLanes(gBias + at, v128.load(sums + at), channels - c);
    addLanes(gWeight + at, v128.load(sums + list + at), channels - c);
  }
}

/**
 * A convolution's weight and bias with an evaluation's batch norm in them: w · scale and (b − mean) · scale + β.
 *
 * @param rows of the weight, of `rowStride` values, per channel
 * @param bias b, 0 for none
 * @param shift β, 0 for none
 */
export function foldBatchNorm(
  weight: usize,
  bias: usize,
  statistics: usize,
  shift: usize,
  foldedWeight: usize,
  foldedBias: usize,
  channels: i32,
  rows: i32,
  rowStride: i32,
): void {
  const list = listBytes(channels);
  const bytes = <usize>(rows * rowStride) << 2;
  for (let c = 0; c < channels; c++) {
    const at = <usize>c << 2;
    const scale = load<f32>(statistics + list + at);
    const centred = (bias ? load<f32>(bias + at) : 0) - load<f32>(statistics + at);
    store<f32>(foldedBias + at, centred * scale + (shift ? load<f32>(shift + at) : 0));
    const scales = f32x4.splat(scale);
    const first = <usize>c * bytes;
    for (let i = first; i < first + bytes; i += 16) {
      v128.store(foldedWeight + i, f32x4.mul(v128.load(weight + i), scales));
    }
  }
}
