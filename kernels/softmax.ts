// Log-softmax and the losses: a handful of values per image, in plain float32.

import { Control, NO_PREDICTION } from "../src/engine/control";
import { control } from "./control";

/** y = x − max(x) − ln Σ exp(x − max(x)) */
export function logSoftmaxForward(x: usize, y: usize, count: i32): void {
  const end = <usize>count << 2;
  let largest = load<f32>(x);
  for (let i: usize = 4; i < end; i += 4) largest = max(largest, load<f32>(x + i));
  let sum: f32 = 0;
  for (let i: usize = 0; i < end; i += 4) sum += NativeMathf.exp(load<f32>(x + i) - largest);
  const logSum = NativeMathf.log(sum);
  for (let i: usize = 0; i < end; i += 4) store<f32>(y + i, load<f32>(x + i) - largest - logSum);
}

/** gx += gy − exp(y) · Σ gy */
export function logSoftmaxBackward(y: usize, gy: usize, gx: usize, count: i32): void {
  const end = <usize>count << 2;
  let sum: f32 = 0;
  for (let i: usize = 0; i < end; i += 4) sum += load<f32>(gy + i);
  for (let i: usize = 0; i < end; i += 4) {
    const g = load<f32>(gy + i) - NativeMathf.exp(load<f32>(y + i)) * sum;
    store<f32>(gx + i, load<f32>(gx + i) + g);
  }
}

/** y = −x[label] */
export function nllForward(x: usize, y: usize, label: i32): void {
  store<f32>(y, -load<f32>(x + (<usize>label << 2)));
}

/** gx[label] −= gy */
export function nllBackward(gy: usize, gx: usize, label: i32): void {
  const at = gx + (<usize>label << 2);
  store<f32>(at, load<f32>(at) - load<f32>(gy));
}

/** Stores the image's loss, and starts backward with the gradient of the batch's mean loss, 1 / count. */
export function seedLoss(value: usize, gradient: usize, slot: i32, count: i32): void {
  store<f32>(<usize>control(Control.SlotLosses) + (<usize>slot << 2), load<f32>(value));
  store<f32>(gradient, <f32>1 / <f32>count);
}

/**
 * Notes loss and prediction of the image at a position of the epoch from its log-probabilities. The prediction is
 * the argmax, the first of equal ones; `NO_PREDICTION` where any log-probability is NaN.
 */
export function score(logProbabilities: usize, classes: i32, label: i32, position: i32): void {
  let best = 0;
  let largest = load<f32>(logProbabilities);
  let isNaN = largest != largest;
  for (let i = 1; i < classes; i++) {
    const value = load<f32>(logProbabilities + (<usize>i << 2));
    if (value != value) isNaN = true;
    if (value > largest) {
      largest = value;
      best = i;
    }
  }
  const loss = -load<f32>(logProbabilities + (<usize>label << 2));
  store<f32>(<usize>control(Control.ImageLosses) + (<usize>position << 2), loss);
  const prediction = isNaN ? NO_PREDICTION : best;
  store<u16>(<usize>control(Control.Predictions) + (<usize>position << 1), <u16>prediction);
}
