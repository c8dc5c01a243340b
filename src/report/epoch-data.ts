import type { EpochMetrics } from "../train/metrics.js";

/** The value of one epoch. */
export interface EpochPoint {
  readonly epoch: number;
  readonly value: number;
}

/** One line of a plot over epochs. */
export interface EpochSeries {
  readonly model: string;
  /** Several series may have the same label. */
  readonly label: string;
  /** A published line, not of these runs: drawn dashed in the background. */
  readonly published: boolean;
  readonly points: readonly EpochPoint[];
}

/** Loss or error rate by epoch, of runs on the same data and of published curves. */
export interface EpochCurvesData {
  /** `loss` in nats, or `error`, the fraction of images that are misclassified. */
  readonly quantity: "loss" | "error";
  /** Each with at least one point; the published ones first. */
  readonly series: readonly EpochSeries[];
  /** The most epochs of a run. */
  readonly epochs: number;
  /** Sentences about the published curves, or why there are none. */
  readonly remark: string;
}

/** The part of an epoch's metrics that curves show. */
type EvaluatedEpoch = Pick<EpochMetrics, "epoch" | "validationLoss" | "validationAccuracy">;

/** What the curves show of a run. */
export interface CurveRun {
  readonly record: { readonly model: string };
  readonly metrics: readonly EpochMetrics[];
}

/** Published curves to compare runs with. */
export interface PublishedCurvesBeside {
  readonly curves: readonly {
    readonly model: string;
    readonly epochs: readonly EvaluatedEpoch[];
  }[];
  /** Sentences about the curves, or why there are none. */
  readonly remark: string;
}

const none: PublishedCurvesBeside = { curves: [], remark: "" };

/**
 * Validation loss by epoch.
 *
 * @param runs on the same data
 * @returns undefined where no run has an epoch.
 */
export function lossCurves(
  runs: readonly CurveRun[],
  published: PublishedCurvesBeside = none,
): EpochCurvesData | undefined {
  // A loss of exactly 0 has no position on a logarithmic axis.
  return curves("loss", runs, published, ({ validationLoss }) =>
    validationLoss > 0 ? validationLoss : Number.NaN,
  );
}

/**
 * Error rate by epoch, `1 − accuracy`. No errors count as half an image, since 0 has no position on a
 * logarithmic axis.
 *
 * @param runs on the same data
 * @returns undefined where no run has an epoch.
 */
export function errorCurves(
  runs: readonly CurveRun[],
  published: PublishedCurvesBeside = none,
): EpochCurvesData | undefined {
  const total = runs.find((run) => run.metrics.length > 0)?.metrics[0]?.validationTotal ?? 1;
  return curves("error", runs, published, ({ validationAccuracy }) =>
    Math.max(1 - validationAccuracy, 0.5 / total),
  );
}

function curves(
  quantity: EpochCurvesData["quantity"],
  runs: readonly CurveRun[],
  published: PublishedCurvesBeside,
  value: (epoch: EvaluatedEpoch) => number,
): EpochCurvesData | undefined {
  const points = (epochs: readonly EvaluatedEpoch[]) =>
    epochs
      .map((each): EpochPoint => ({ epoch: each.epoch, value: value(each) }))
      .filter((point) => Number.isFinite(point.value));
  const own = runs
    .map((run): EpochSeries => {
      const { model } = run.record;
      return { model, label: runLabel(model, runs), published: false, points: points(run.metrics) };
    })
    .filter((line) => line.points.length > 0);
  if (own.length === 0) return undefined;
  const last = own
    .flatMap((line) => line.points.map(({ epoch }) => epoch))
    .reduce((most, epoch) => Math.max(most, epoch));
  const others = published.curves
    .map(({ model, epochs }): EpochSeries => {
      const within = epochs.filter(({ epoch }) => epoch <= last);
      return { model, label: `${model}, published`, published: true, points: points(within) };
    })
    .filter((line) => line.points.length > 0);
  return {
    quantity,
    series: [...others, ...own],
    epochs: Math.max(...runs.map(({ metrics }) => metrics.length)),
    remark: published.remark,
  };
}

function runLabel(model: string, runs: readonly CurveRun[]): string {
  const same = runs.filter(({ record, metrics }) => record.model === model && metrics.length > 0);
  return same.length > 1 ? `${model}, ${same.length} runs` : model;
}
