import { type RunFault, runFaults } from "../runs/run-faults.js";
import type { Run } from "../runs/run-folder.node.js";
import type { EpochMetrics } from "../train/metrics.js";
import { medianEpochSeconds } from "./epoch-times.js";

/** An accuracy (0..1) and the epoch it was measured after. */
export interface AccuracyAt {
  readonly accuracy: number;
  readonly epoch: number;
}

/** The figures of one run. */
export interface ResultRow {
  readonly model: string;
  readonly seed: number;
  /** Name of the data. */
  readonly data: string;
  readonly state: "running" | "stopped" | "done";
  /** Epochs that ran; `plannedEpochs`: epochs that were asked for. */
  readonly epochs: number;
  readonly plannedEpochs: number;
  /** Number of trained values in the graph. */
  readonly parameters: number;
  /** Highest accuracy, in the first of equal epochs. */
  readonly best?: AccuracyAt;
  /** The epoch with the lowest validation loss, whose weights are in `best.safetensors`. */
  readonly lowestLoss?: AccuracyAt & { readonly loss: number };
  readonly last?: AccuracyAt;
  /** Of the epoch with the lowest validation loss on the test images, where other images validated. */
  readonly test?: AccuracyAt;
  /** Median over the epochs. */
  readonly secondsPerEpoch?: number;
  /** Whether `patience` ended the training before its last planned epoch. */
  readonly endedEarly: boolean;
  /** Faults of the training. */
  readonly faults: readonly RunFault[];
}

/**
 * The figures of each run, in the order given.
 *
 * @example
 * for (const row of resultRows([readRun("runs/2026-11-23-142530-stn-seed0")])) console.log(row);
 */
export function resultRows(runs: readonly Run[]): ResultRow[] {
  return runs.map(resultRow);
}

/** The figures of a run. */
export function resultRow(run: Run): ResultRow {
  const { record, metrics } = run;
  const last = metrics.at(-1);
  const best = first(metrics, (epoch) => epoch.validationAccuracy);
  const lowest = first(metrics, (epoch) => -epoch.validationLoss);
  return {
    model: record.model,
    seed: record.spec.seed,
    data: record.data.name,
    state: record.state,
    epochs: metrics.length,
    plannedEpochs: record.spec.recipe.epochs,
    parameters: record.parameters,
    best: best && accuracyAt(best),
    lowestLoss: lowest && { ...accuracyAt(lowest), loss: lowest.validationLoss },
    last: last && accuracyAt(last),
    ...(record.test && { test: record.test }),
    secondsPerEpoch: metrics.length > 0 ? medianEpochSeconds(metrics) : undefined,
    endedEarly: record.state === "done" && metrics.length < record.spec.recipe.epochs,
    faults: runFaults(run),
  };
}

/** The first epoch with the highest finite score; epochs with scores that are not finite are never chosen. */
function first(
  metrics: readonly EpochMetrics[],
  score: (epoch: EpochMetrics) => number,
): EpochMetrics | undefined {
  let highest: EpochMetrics | undefined;
  for (const epoch of metrics) {
    if (!Number.isFinite(score(epoch))) continue;
    if (!highest || score(epoch) > score(highest)) highest = epoch;
  }
  return highest;
}

function accuracyAt(epoch: EpochMetrics): AccuracyAt {
  return { accuracy: epoch.validationAccuracy, epoch: epoch.epoch };
}
