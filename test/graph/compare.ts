import { expect } from "vitest";
import type { BatchResult } from "./executors.js";

/** Of the largest value of a tensor: float32 rounding over a few thousand terms. */
const TOLERANCE = 1e-5;

/**
 * Largest difference between two tensors, divided by the largest value of the second; where all of it is
 * (nearly) zero, over 0.05. A value that is not a number where the other is one counts as infinite.
 */
export function deviation(ours: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (ours.length !== expected.length) return Infinity;
  let difference = 0;
  let largest = 0.05;
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(ours[i]! - expected[i]!);
    difference = Math.max(difference, Number.isNaN(distance) ? Infinity : distance);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return difference / largest;
}

/** Expects the results of all batches to agree: outputs, and gradients with respect to inputs and parameters. */
export function expectAgreement(
  ours: readonly BatchResult[],
  expected: readonly BatchResult[],
  tolerance = TOLERANCE,
): void {
  expect(ours.length).toBe(expected.length);
  expected.forEach((batch, step) => {
    expectBatch(ours[step]!, batch, `batch ${step}`, tolerance);
  });
}

function expectBatch(
  ours: BatchResult,
  expected: BatchResult,
  where: string,
  tolerance: number,
): void {
  const near = (a: ArrayLike<number>, b: ArrayLike<number>, what: string) =>
    expect(deviation(a, b), `${where}: ${what}`).toBeLessThan(tolerance);
  expect(ours.outputs.length).toBe(expected.outputs.length);
  expected.outputs.forEach((output, image) => {
    near(ours.outputs[image]!, output, `output of image ${image}`);
    expected.inputGradients[image]!.forEach((gradient, input) => {
      const actual = ours.inputGradients[image]![input]!;
      const nothing = new Float64Array(actual.length);
      near(actual, gradient ?? nothing, `gradient by input ${input} of image ${image}`);
    });
  });
  for (const [name, gradient] of expected.parameterGradients) {
    near(ours.parameterGradients.get(name)!, gradient, `gradient by ${name}`);
  }
}
