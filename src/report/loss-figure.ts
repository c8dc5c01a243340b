import { publishedData } from "../papers/arslan-2021/published.js";
import type { Run } from "../runs/run-folder.node.js";
import { epochPlot, epochSeries, logTicks, longRun } from "./epoch-plot.js";
import type { Figure } from "./markup.js";

/**
 * The study's Figure 3: validation loss against epoch, the published curves behind.
 *
 * @param runs Runs on the same data.
 * @returns undefined where no run has an epoch.
 */
export function lossFigure(runs: readonly Run[]): Figure | undefined {
  const series = epochSeries(
    runs,
    // A loss of exactly 0 has no place on a logarithmic axis.
    (epoch) => (epoch.validationLoss > 0 ? epoch.validationLoss : Number.NaN),
    (epoch) => epoch.validationLoss,
  );
  const plot = epochPlot(series, {
    label: "validation loss, nats (log scale)",
    ticks: logTicks,
    tickText: String,
  });
  if (plot === undefined) return undefined;
  return {
    name: "loss",
    title: "Validation loss by epoch",
    caption: `Mean negative log-likelihood over the test images after every epoch; lower is better.${lineCaption(runs)}`,
    ...plot,
  };
}

/** What solid, dashed and faint lines stand for in a plot over these runs' epochs. */
export function lineCaption(runs: readonly Run[]): string {
  const data = runs[0]?.record.data.name;
  const epochs = Math.max(0, ...runs.map((run) => run.metrics.length));
  const lines =
    data === publishedData
      ? " Solid: these runs. Dashed: the study's published curves over the same epochs; its epoch 0 is epoch 1 here."
      : ` The study's curves are for MNIST and are left out beside ${data}.`;
  const median =
    epochs > longRun
      ? " Faint: every epoch. Strong: running median of nine epochs. Single epochs beyond the plot end at its edge; the worst of each line is written there, the study's in italics."
      : "";
  return lines + median;
}
