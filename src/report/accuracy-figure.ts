import {
  type CurveRun,
  type EpochCurvesData,
  errorCurves,
  type PublishedCurvesBeside,
} from "./epoch-data.js";
import { epochPlot, lineCaption, type ValueAxis } from "./epoch-plot.js";
import type { Figure } from "./markup.js";
import { assignMarks, type ModelMarks } from "./model-marks.js";

const errorTicks = [
  0.9, 0.8, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.008, 0.006,
  0.005, 0.004, 0.003, 0.002, 0.001, 0.0005, 0.0002, 0.0001,
];
const roundErrorTicks = [0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0001];

/** Error rates, drawn as accuracies. */
export const errorAxis: ValueAxis = {
  label: "accuracy (log scale of the error rate)",
  reverse: true,
  ticks: (low, high) =>
    (high / low > 40 ? roundErrorTicks : errorTicks).filter((tick) => tick >= low && tick <= high),
  tickText: (value) => `${Number(((1 - value) * 100).toFixed(3))} %`,
};

/**
 * Accuracy by epoch, with published curves in the background. The axis is logarithmic in the error rate:
 * 96 % to 98 % is as long as 98 % to 99 %, since both halve the errors.
 *
 * @param runs Runs on the same data.
 * @param marks Of models that have some elsewhere; default none.
 * @returns undefined where no run has an epoch.
 */
export function accuracyFigure(
  runs: readonly CurveRun[],
  published?: PublishedCurvesBeside,
  marks?: ModelMarks,
): Figure | undefined {
  const data = errorCurves(runs, published);
  return data && drawAccuracy(data, marks);
}

/** Draws error rates as accuracies. */
function drawAccuracy(data: EpochCurvesData, given?: ModelMarks): Figure {
  const models = data.series.map(({ model }) => model);
  const marks = assignMarks(models, given);
  return {
    name: "accuracy",
    title: "Accuracy by epoch",
    caption: `Share of the images that epochs are validated on that is classified correctly after every epoch; equal steps upwards divide the errors by equal factors.${lineCaption(data)}`,
    marks,
    ...epochPlot(data.series, errorAxis, marks),
  };
}
