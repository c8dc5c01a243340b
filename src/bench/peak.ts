import type { BenchmarkEngine } from "./timed-steps.js";

/** Multiply-adds of a measurement: some 15 ms. */
const iterations = 1e8;

/** Operations of a multiply-add of 4 lanes. */
const operations = 8;

/**
 * GFLOP/s that one thread reaches where multiply-adds need nothing but registers. The first calls are
 * slow, as V8 compiles the loop for good only while it runs.
 */
export function measurePeakGflops(engine: Pick<BenchmarkEngine, "measurePeak">): number {
  for (let warmUp = 0; warmUp < 3; warmUp++) engine.measurePeak(iterations);
  let most = 0;
  for (let turn = 0; turn < 3; turn++) {
    most = Math.max(most, engine.measurePeak(iterations));
  }
  return (most * operations) / 1e9;
}
