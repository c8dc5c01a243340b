import { mean } from "../../../src/stats/deviation.js";
import type { RunGroup } from "../../../src/study/group-runs.js";
import type { EpochMetrics } from "../../../src/train/metrics.js";
import type { RunRow } from "./rows.js";

export interface CurveKind {
  readonly title: string;
  /** For the axis. */
  readonly unit: string;
  readonly value: (metrics: EpochMetrics) => number;
}

export const curveKinds = {
  validationError: {
    title: "Validation error",
    unit: "% wrong",
    value: ({ validationAccuracy }) => 100 * (1 - validationAccuracy),
  },
  validationLoss: {
    title: "Validation loss",
    unit: "nats",
    value: ({ validationLoss }) => validationLoss,
  },
  trainLoss: { title: "Training loss", unit: "nats", value: ({ trainLoss }) => trainLoss },
} as const satisfies Record<string, CurveKind>;

export interface CurvePoint {
  readonly epoch: number;
  readonly value: number;
  /** Lowest and highest of the seeds. */
  readonly low: number;
  readonly high: number;
  /** How many seeds have come so far. */
  readonly seeds: number;
}

/** The curve of a group: the mean over its seeds, between the lowest and the highest of them. */
export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** The same, smoothed. */
  readonly smooth: readonly CurvePoint[];
}

/**
 * The curves of groups of runs. An epoch's mean is over the seeds that have come to it; values that are not finite, of
 * trainings that diverged, are left out.
 *
 * @param smoothing 0 (none) to below 1: the weight of what was before
 */
export function curvesOf(
  groups: readonly RunGroup<RunRow>[],
  kind: CurveKind,
  smoothing: number,
): Curve[] {
  return groups.map(({ name, runs }) => {
    const raw = runs.map(({ metrics }) => metrics.map(kind.value));
    const smooth = raw.map((values) => smoothed(values, smoothing));
    return { name, points: band(raw), smooth: band(smooth) };
  });
}

/**
 * The exponential moving average `mₜ = s mₜ₋₁ + (1 − s) xₜ` from `m₀ = 0`, divided by `1 − sᵗ`, so that its start is not
 * drawn towards 0. Values that are not finite stay as they are and are skipped in the average.
 */
export function smoothed(values: readonly number[], weight: number): number[] {
  let average = 0;
  let left = 1;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = weight * average + (1 - weight) * value;
    left *= weight;
    return average / (1 - left);
  });
}

function band(runs: readonly (readonly number[])[]): CurvePoint[] {
  const length = Math.max(0, ...runs.map((values) => values.length));
  return Array.from({ length }, (_, at) => {
    const values = runs.flatMap((run) => (Number.isFinite(run[at]) ? [run[at]!] : []));
    return { epoch: at + 1, values };
  }).flatMap(({ epoch, values }) =>
    values.length === 0
      ? []
      : [
          {
            epoch,
            value: mean(values),
            low: Math.min(...values),
            high: Math.max(...values),
            seeds: values.length,
          },
        ],
  );
}

/** A curve's point at an epoch; where it has none, nothing. */
export function pointAt(points: readonly CurvePoint[], epoch: number): CurvePoint | undefined {
  return points.find((point) => point.epoch === epoch);
}
