// Group norm: from each channel's sums over its positions to those of its group. The other kernels are in norm.ts.

import { listBytes } from "./norm";
import { addScalar } from "./simd";

@inline
function valueAt(list: usize, c: i32): f64 {
  return <f64>load<f32>(list + (<usize>c << 2));
}

/**
 * Statistics for `normForward` from the moments of `channelMoments`: the channels of a group share mean and σ.
 *
 * @param weight 0 for none
 */
export function groupNormStatistics(
  moments: usize,
  weight: usize,
  statistics: usize,
  positions: i32,
  channels: i32,
  groups: i32,
  eps: f32,
): void {
  const list = listBytes(channels);
  const size = channels / groups;
  for (let first = 0; first < channels; first += size) {
    let mean: f64 = 0;
    for (let c = first; c < first + size; c++) mean += valueAt(moments, c);
    mean /= <f64>size;
    let squares: f64 = 0;
    for (let c = first; c < first + size; c++) {
      const distance = valueAt(moments, c) - mean;
      squares += valueAt(moments + list, c) + <f64>positions * distance * distance;
    }
    const inverse = <f32>(1 / Math.sqrt(squares / (<f64>positions * <f64>size) + <f64>eps));
    for (let c = first; c < first + size; c++) {
      const at = statistics + (<usize>c << 2);
      store<f32>(at, <f32>mean);
      store<f32>(at + list, weight ? load<f32>(weight + (<usize>c << 2)) * inverse : inverse);
      store<f32>(at + 2 * list, inverse);
    }
  }
}

/**
 * From the sums of `normSums`: gBias += Σ g and gWeight += Σ g · x̂ per channel, and the coefficients of `normBackward`,
 * b = mean(γ · g) / σ and d = mean(γ · g · x̂) / σ² over a group.
 *
 * @param weight γ, and its gradient and that of the bias: 0 for none
 */
export function groupNormSums(
  sums: usize,
  weight: usize,
  statistics: usize,
  coefficients: usize,
  gWeight: usize,
  gBias: usize,
  positions: i32,
  channels: i32,
  groups: i32,
): void {
  const list = listBytes(channels);
  const size = channels / groups;
  const values = <f64>positions * <f64>size;
  for (let first = 0; first < channels; first += size) {
    let g: f64 = 0;
    let p: f64 = 0;
    for (let c = first; c < first + size; c++) {
      const factor = weight ? valueAt(weight, c) : 1;
      g += factor * valueAt(sums, c);
      p += factor * valueAt(sums + list, c);
    }
    const inverse = valueAt(statistics + 2 * list, first);
    for (let c = first; c < first + size; c++) {
      const at = <usize>c << 2;
      if (weight) {
        addScalar(gBias + at, load<f32>(sums + at));
        addScalar(gWeight + at, load<f32>(sums + list + at));
      }
      store<f32>(coefficients + at, <f32>((inverse * g) / values));
      store<f32>(coefficients + list + at, <f32>((inverse * inverse * p) / values));
    }
  }
}
