import type { CheckResult } from "../audit/audit.js";
import type { CheckName } from "../audit/check-names.js";
import type { ArrangementResult } from "../audit/leakage.js";
import { thousands } from "../numbers.js";
import type { PointSymbol } from "./ink.js";
import type { Figure, LegendEntry } from "./markup.js";
import { seriesColor } from "./palette.js";
import { type SmallPlot, smallPlots } from "./small-plot.js";

const wideWidth = 960;
const narrowWidth = 360;

/** The figures of a check that tested something. */
export type FiguresOf<Name extends CheckName> = NonNullable<
  Extract<CheckResult, { check: Name }>["figures"]
>;

const orders: readonly {
  readonly order: ArrangementResult["order"];
  readonly label: string;
  readonly color: string;
  readonly symbol: PointSymbol;
}[] = [
  { order: "file", label: "file order", color: seriesColor("plain"), symbol: "square" },
  { order: "shuffled", label: "shuffled", color: seriesColor("first"), symbol: "circle" },
  {
    order: "class",
    label: "sorted by class",
    color: seriesColor("second"),
    symbol: "triangle",
  },
];

/** Accuracy by batch size, one line per order; the two shuffles are averaged. */
export function leakageFigure(model: string, figures: FiguresOf<"leakage">): Figure {
  const { images, correctAlone, arrangements } = figures;
  const series = orders.map(({ order, color, symbol }) => {
    const sizes = [...new Set(arrangements.map(({ batchSize }) => batchSize))];
    const points = sizes.map((x) => {
      const found = arrangements.filter((each) => each.batchSize === x && each.order === order);
      const correct = found.reduce((sum, each) => sum + each.correct, 0) / found.length;
      return { x, y: correct / images };
    });
    return { color, symbol, points: [{ x: 1, y: correctAlone / images }, ...points] };
  });
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  const plot: SmallPlot = {
    title: "Accuracy",
    xLabel: "images in a batch",
    xScale: "point",
    xTicks: [1, ...new Set(arrangements.map(({ batchSize }) => batchSize))],
    yDomain: padded(Math.min(...values), Math.max(...values)),
    series,
  };
  const legend = orders.map(({ label, color }): LegendEntry => ({ label, color, dashed: false }));
  const title = `How the batch changes the predictions of ${model}`;
  return {
    name: `leakage-${model}`,
    title,
    caption: `Share of the same ${thousands(images)} test images that are classified correctly, by how many stand in a batch and in what order. Of two shuffles the mean. A model of one image would have one value.`,
    svg: smallPlots([plot], 640, 1, title, legend),
    narrow: { svg: smallPlots([plot], narrowWidth, 1, title), legend },
  };
}

/** Axis ticks of the curves with more points than there is room for labels. */
const ticks: Readonly<Record<string, readonly number[]>> = {
  "shift x": [-6, -3, 0, 3, 6],
  "shift y": [-6, -3, 0, 3, 6],
  rotation: [-60, -30, 0, 30, 60],
  scale: [0.6, 0.8, 1, 1.2, 1.4, 1.6],
};

/** Accuracy under each kind of distortion, one small plot each. Inverted contrast is a number in the caption. */
export function invarianceFigure(model: string, figures: FiguresOf<"invariances">): Figure {
  const { images, correct, curves } = figures;
  const series = { color: seriesColor("first"), symbol: "circle" } as const;
  const plots = curves
    .filter(({ points }) => points.length > 2)
    .map(({ name, unit, points }): SmallPlot => {
      return {
        title: name,
        xLabel: unit,
        xTicks: ticks[name] ?? points.map(({ at }) => at),
        yDomain: [0, 1],
        yReference: correct / images,
        series: [
          { ...series, points: points.map(({ at, correct: y }) => ({ x: at, y: y / images })) },
        ],
      };
    });
  const title = `What distortions cost ${model}`;
  return {
    name: `invariance-${model}`,
    title,
    caption: `Share of the first ${thousands(images)} test images that are classified correctly when they are shifted, turned, scaled or covered with noise; the dashed line is without any change. Axes begin at 0.`,
    svg: smallPlots(plots, wideWidth, 3, title),
    narrow: { svg: smallPlots(plots, narrowWidth, 1, title), legend: [] },
  };
}

function padded(low: number, high: number): [number, number] {
  const air = Math.max(0.002, (high - low) * 0.1);
  return [Math.max(0, low - air), Math.min(1, high + air)];
}
