// Losses besides the plain negative log-likelihood: a handful of values per image, in plain float32.

import { Control } from "../src/engine/control";
import { control } from "./control";

/** scale = count / Σ over the batch's images of weights[label]; 0 where that sum is 0 */
export function classWeightScale(weights: usize, scale: usize, step: u32, count: i32): void {
  const batch = <i32>(step - <u32>control(Control.StepBase)) * control(Control.BatchSize);
  const order = <usize>control(Control.Order) + (<usize>batch << 2);
  const labels = <usize>control(Control.Labels);
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const label = <usize>load<u8>(labels + <usize>load<u32>(order + (i << 2)));
    sum += load<f32>(weights + (label << 2));
  }
  store<f32>(scale, sum == 0 ? 0 : <f32>(<f64>count / sum));
}

/** y = −scale · ((1 − smoothing) · weights[label] · x[label] + smoothing / classes · Σ weights · x) */
export function weightedNllForward(
  x: usize,
  weights: usize,
  scale: usize,
  y: usize,
  classes: i32,
  smoothing: f32,
  label: i32,
): void {
  let sum: f32 = 0;
  for (let i: usize = 0; i < <usize>classes << 2; i += 4) {
    sum += load<f32>(weights + i) * load<f32>(x + i);
  }
  const own = load<f32>(weights + (<usize>label << 2)) * load<f32>(x + (<usize>label << 2));
  const smooth = smoothing / <f32>classes;
  // Without smoothing, classes that are impossible (x = −∞) must not make 0 · ∞.
  const rest: f32 = smoothing == 0 ? 0 : smooth * sum;
  store<f32>(y, -load<f32>(scale) * ((1 - smoothing) * own + rest));
}

/** gx −= gy · scale · weights · (smoothing / classes + (1 − smoothing) at the label) */
export function weightedNllBackward(
  weights: usize,
  scale: usize,
  gy: usize,
  gx: usize,
  classes: i32,
  smoothing: f32,
  label: i32,
): void {
  const g = load<f32>(gy) * load<f32>(scale);
  const smooth = smoothing / <f32>classes;
  for (let i = 0; i < classes; i++) {
    const at = <usize>i << 2;
    const part = i == label ? smooth + (1 - smoothing) : smooth;
    store<f32>(gx + at, load<f32>(gx + at) - g * load<f32>(weights + at) * part);
  }
}

/** y = Σ (exp(x) − t)² / classes, where t is 1 at the label and 0 elsewhere */
export function mseForward(x: usize, y: usize, classes: i32, label: i32): void {
  let sum: f32 = 0;
  for (let i = 0; i < classes; i++) {
    const difference = NativeMathf.exp(load<f32>(x + (<usize>i << 2))) - <f32>(i == label ? 1 : 0);
    sum += difference * difference;
  }
  store<f32>(y, sum / <f32>classes);
}

/** gx += gy · 2 / classes · (exp(x) − t) · exp(x) */
export function mseBackward(x: usize, gy: usize, gx: usize, classes: i32, label: i32): void {
  const g = (load<f32>(gy) * 2) / <f32>classes;
  for (let i = 0; i < classes; i++) {
    const at = <usize>i << 2;
    const p = NativeMathf.exp(load<f32>(x + at));
    const slope = g * (p - <f32>(i == label ? 1 : 0)) * p;
    store<f32>(gx + at, load<f32>(gx + at) + slope);
  }
}

/** y = loss + factor · Σ (x − target)² */
export function distancePenaltyForward(
  loss: usize,
  x: usize,
  target: usize,
  y: usize,
  count: i32,
  factor: f32,
): void {
  let sum: f32 = 0;
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const difference = load<f32>(x + i) - load<f32>(target + i);
    sum += difference * difference;
  }
  store<f32>(y, load<f32>(loss) + factor * sum);
}

/** gLoss += gy; gx += gy · 2 · factor · (x − target) */
export function distancePenaltyBackward(
  x: usize,
  target: usize,
  gy: usize,
  gLoss: usize,
  gx: usize,
  count: i32,
  factor: f32,
): void {
  const g = load<f32>(gy);
  if (gLoss != 0) store<f32>(gLoss, load<f32>(gLoss) + g);
  if (gx == 0) return;
  const slope: f32 = g * 2 * factor;
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const difference = load<f32>(x + i) - load<f32>(target + i);
    store<f32>(gx + i, load<f32>(gx + i) + slope * difference);
  }
}
