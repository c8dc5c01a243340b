import {
  type CurveRun,
  type EpochCurvesData,
  lossCurves,
  type PublishedCurvesBeside,
} from "./epoch-data.js";
import { epochPlot, lineCaption, logTicks } from "./epoch-plot.js";
import type { Figure } from "./markup.js";
import { assignMarks, type ModelMarks } from "./model-marks.js";

/**
 * Validation loss by epoch, with published curves in the background.
 *
 * @param runs Runs on the same data.
 * @param marks Of models that have some elsewhere; default none.
 * @returns undefined where no run has an epoch.
 */
export function lossFigure(
  runs: readonly CurveRun[],
  published?: PublishedCurvesBeside,
  marks?: ModelMarks,
): Figure | undefined {
  const data = lossCurves(runs, published);
  return data && drawLoss(data, marks);
}

/** Draws loss curves. */
function drawLoss(data: EpochCurvesData, given?: ModelMarks): Figure {
  const models = data.series.map(({ model }) => model);
  const marks = assignMarks(models, given);
  return {
    name: "loss",
    title: "Validation loss by epoch",
    caption: `Mean negative log-likelihood over the images that epochs are validated on; lower is better.${lineCaption(data)}`,
    marks,
    ...epochPlot(
      data.series,
      {
        label: "validation loss, nats (log scale)",
        ticks: logTicks,
        tickText: String,
      },
      marks,
    ),
  };
}
