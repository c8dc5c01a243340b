import type { BenchmarkEngine } from "./timed-steps.js";

/** Multiply-adds of a turn: some 0.3 ms, so that a busy machine leaves some turns whole. */
const iterations = 2e6;

/** How long turns are taken, ms. V8 compiles the loop for good after some of them, beside them. */
const duration = 200;

/** Operations of a multiply-add of 4 lanes. */
const operations = 8;

/** GFLOP/s that one thread reaches where multiply-adds need nothing but registers: its best turn. */
export function measurePeakGflops(engine: Pick<BenchmarkEngine, "measurePeak">): number {
  const end = performance.now() + duration;
  let most = 0;
  while (performance.now() < end) most = Math.max(most, engine.measurePeak(iterations));
  return (most * operations) / 1e9;
}
