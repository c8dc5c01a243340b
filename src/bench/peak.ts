import type { BenchmarkEngine } from "./timed-steps.js";

/** Multiply-adds per turn, about 0.3 ms: short enough that some turns run undisturbed on a busy machine. */
const iterations = 2e6;

/** Total time of all turns, ms: long enough for V8 to optimize the loop in the background. */
const duration = 200;

/** Operations per multiply-add of 4 lanes. */
const operations = 8;

/** Peak GFLOP/s of one thread with multiply-adds that use registers only: the best turn. */
export function measurePeakGflops(engine: Pick<BenchmarkEngine, "measurePeak">): number {
  const end = performance.now() + duration;
  let most = 0;
  while (performance.now() < end) most = Math.max(most, engine.measurePeak(iterations));
  return (most * operations) / 1e9;
}
