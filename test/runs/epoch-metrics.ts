import type { EpochMetrics } from "../../src/train/metrics.js";

/** An epoch's metrics over 100 validation images, for tests. */
export function epochMetrics(epoch: number, change: Partial<EpochMetrics> = {}): EpochMetrics {
  return {
    epoch,
    trainLoss: 0.5,
    validationLoss: 1,
    validationCorrect: 90,
    validationTotal: 100,
    validationAccuracy: 0.9,
    seconds: 1.5,
    imagesPerSecond: 1000,
    learningRate: 0.01,
    ...change,
  };
}
