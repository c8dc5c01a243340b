import {
  type CurveRun,
  type EpochCurvesData,
  lossCurves,
  type PublishedCurvesBeside,
} from "./epoch-data.js";
import { epochPlot, lineCaption, logTicks } from "./epoch-plot.js";
import type { Figure } from "./markup.js";

/**
 * Validation loss against epoch, published curves behind.
 *
 * @param runs Runs on the same data.
 * @returns undefined where no run has an epoch.
 */
export function lossFigure(
  runs: readonly CurveRun[],
  published?: PublishedCurvesBeside,
): Figure | undefined {
  const data = lossCurves(runs, published);
  return data && drawLoss(data);
}

/** Draws loss curves. */
export function drawLoss(data: EpochCurvesData): Figure {
  return {
    name: "loss",
    title: "Validation loss by epoch",
    caption: `Mean negative log-likelihood over the test images after every epoch; lower is better.${lineCaption(data)}`,
    ...epochPlot(data.series, {
      label: "validation loss, nats (log scale)",
      ticks: logTicks,
      tickText: String,
    }),
  };
}
