import * as Plot from "@observablehq/plot";
import { counted, listed } from "../../numbers.js";
import { errorAxis } from "../accuracy-figure.js";
import { epochTicks } from "../epoch-plot.js";
import { type Figure, fontStack, type LegendEntry, textElement } from "../markup.js";
import type { ModelMarks } from "../model-marks.js";
import { modelColor } from "../palette.js";
import { plotDocument, plotMarkup } from "../plot-markup.js";
import type { CurvesData, SingleCurve } from "./curves-data.js";
import { type LineEnd, lineLabels } from "./line-labels.js";
import { endsOf } from "./shown-domain.js";

interface PlotSize {
  readonly width: number;
  readonly height: number;
  readonly right: number;
  readonly left: number;
  readonly mostTicks: number;
  readonly named: boolean;
}

const wide: PlotSize = {
  ...{ width: 960, height: 460, right: 232, left: 60, mostTicks: 15, named: true },
};
/** For phones: narrow, so that its text is not scaled down. */
const narrow: PlotSize = {
  ...{ width: 360, height: 340, right: 14, left: 54, mostTicks: 8, named: false },
};
const top = 34;
const bottom = 46;

/** Accuracy by epoch: the median of a model's seeds with a band, and runs that went wrong as lines of their own. */
export function curvesFigure(data: CurvesData, marks: ModelMarks): Figure {
  const title = "Accuracy by epoch";
  return {
    name: "curves",
    title,
    caption: [
      "Share of the images that epochs are validated on that is classified correctly; equal steps upwards divide the errors by equal factors.",
      data.bands.some(({ runs }) => runs > 1)
        ? `Lines: median of a model's seeds${eachText(data)}; bands: from the first quartile to the third.`
        : "",
      ...apartSentences(data.apart),
      data.background.length > 0
        ? `Grey: ${counted(data.background.length, "model")} with lower means.`
        : "",
    ]
      .filter((text) => text !== "")
      .join(" "),
    svg: drawn(data, wide, title),
    narrow: { svg: drawn(data, narrow, title), legend: legendOf(data) },
    marks,
  };
}

function eachText(data: CurvesData): string {
  const runs = sameRuns(data);
  return runs === undefined ? "" : `, ${runs} each`;
}

function apartSentences(apart: readonly SingleCurve[]): string[] {
  const bad = apart.filter(({ ending }) => ending !== "pruned");
  const pruned = apart.length - bad.length;
  const named = bad.slice(0, 6).map(({ model, seed }) => `${model}, seed ${seed}`);
  const more = bad.length - named.length;
  return [
    ...(bad.length === 0
      ? []
      : [
          `Dashed: runs that collapsed or diverged, which are in no median (${listed(more > 0 ? [...named, `${more} more`] : named)}).`,
        ]),
    ...(pruned === 0
      ? []
      : [`Thin lines that end early: ${counted(pruned, "run")} that the search stopped there.`]),
  ];
}

function colorOf(model: string, { background }: CurvesData): string {
  return background.includes(model) ? "var(--edge)" : modelColor(model);
}

function legendOf(data: CurvesData): LegendEntry[] {
  const shown = data.bands.filter(({ model }) => !data.background.includes(model));
  const bad = new Set(
    data.apart.filter(({ ending }) => ending !== "pruned").map(({ model }) => model),
  );
  return [
    ...shown.map(({ model }) => ({ label: model, color: modelColor(model), dashed: false })),
    ...[...bad].map((model) => ({
      ...{ label: `${model}, collapsed`, color: colorOf(model, data), dashed: true },
    })),
  ];
}

function drawn(data: CurvesData, size: PlotSize, title: string): string {
  const { width, height, left, right } = size;
  const error = (accuracy: number) => Math.max(1 - accuracy, 0.5 / data.images);
  const values = [
    ...data.bands.flatMap(({ epochs }) => epochs.flatMap(({ low, high }) => [low, high])),
    ...data.apart.flatMap(({ accuracies }) => accuracies),
  ].map(error);
  const [least, most] = endsOf(values);
  const air = Math.max(1.06, (most / least) ** 0.04);
  const [low, high] = [least / air, most * air];
  // Grey lines lie under the others.
  const bands = [...data.bands].sort(
    (a, b) => Number(data.background.includes(b.model)) - Number(data.background.includes(a.model)),
  );
  const ticks = errorAxis.ticks(low, high);
  const plot = Plot.plot({
    document: plotDocument(),
    ...{
      width,
      height,
      marginTop: top,
      marginBottom: bottom,
      marginLeft: left,
      marginRight: right,
    },
    style: { fontFamily: fontStack, fontSize: "13px", background: "none" },
    x: { domain: data.epochs > 1 ? [1, data.epochs] : [0.5, 1.5] },
    y: { type: "log", domain: [high, low] },
    marks: [
      Plot.gridY(ticks, { stroke: "var(--rule)", strokeOpacity: 1 }),
      Plot.axisY(ticks, {
        ...{ text: errorAxis.tickText, label: null, tickSize: 0, fill: "var(--muted)" },
      }),
      Plot.axisX(epochTicks(data.epochs, size.mostTicks), {
        ...{ tickFormat: String, label: null, color: "var(--muted)" },
      }),
      ...bands.flatMap((band) => bandMarks(band, error, data)),
      ...data.apart.flatMap((curve) => apartMarks(curve, error, data)),
    ],
  });
  const [x, y] = [plot.scale("x")!, plot.scale("y")!];
  const at = (epoch: number, accuracy: number) => ({
    x: x.apply(epoch) as number,
    y: y.apply(error(accuracy)) as number,
  });
  const text = (words: string, attributes: Readonly<Record<string, string | number>>) =>
    textElement(words, { ...attributes, "font-size": 13, fill: "var(--muted)" });
  const extra =
    text(errorAxis.label, { x: 8, y: 16, "text-anchor": "start" }) +
    text("epoch", { x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle" }) +
    (size.named ? lineLabels(endsOfLines(data, at), width - right, [top, height - bottom]) : "");
  return plotMarkup(plot, title, extra);
}

function bandMarks(
  { model, runs, epochs }: CurvesData["bands"][number],
  error: (accuracy: number) => number,
  data: CurvesData,
): Plot.Markish[] {
  const color = colorOf(model, data);
  const isBack = data.background.includes(model);
  const points = epochs.map(({ epoch, median, low, high }) => ({
    ...{ epoch, middle: error(median), low: error(low), high: error(high) },
  }));
  return [
    ...(runs > 1 && !isBack
      ? [Plot.areaY(points, { x: "epoch", y1: "low", y2: "high", fill: color, fillOpacity: 0.16 })]
      : []),
    Plot.lineY(points, { x: "epoch", y: "middle", stroke: color, strokeWidth: isBack ? 1 : 2.2 }),
    ...(data.epochs <= 25 && !isBack
      ? [Plot.dot(points, { x: "epoch", y: "middle", r: 2.8, fill: color })]
      : []),
  ];
}

function apartMarks(
  { model, ending, accuracies }: SingleCurve,
  error: (accuracy: number) => number,
  data: CurvesData,
): Plot.Markish[] {
  const stroke = colorOf(model, data);
  const points = accuracies.map((accuracy, at) => ({ epoch: at + 1, value: error(accuracy) }));
  const isPruned = ending === "pruned";
  return [
    Plot.lineY(points, {
      ...{ x: "epoch", y: "value", stroke, strokeWidth: isPruned ? 0.9 : 1.3 },
      strokeDasharray: isPruned ? undefined : "5 3",
      strokeOpacity: isPruned ? 0.55 : 0.9,
    }),
    Plot.dot(points.slice(-1), {
      ...{ x: "epoch", y: "value", r: isPruned ? 2 : 3.4, strokeWidth: 1.4 },
      ...(isPruned ? { fill: stroke, fillOpacity: 0.7 } : { fill: "var(--page)", stroke }),
    }),
  ];
}

/** Where all models have as many, their names need not say it. */
function sameRuns({ bands }: CurvesData): number | undefined {
  const counts = new Set(bands.map(({ runs }) => runs));
  return counts.size === 1 ? bands[0]!.runs : undefined;
}

function endsOfLines(
  data: CurvesData,
  at: (epoch: number, accuracy: number) => { x: number; y: number },
): LineEnd[] {
  const medians = data.bands
    .filter(({ model }) => !data.background.includes(model))
    .map(({ model, runs, epochs }) => {
      const last = epochs.at(-1)!;
      const label = sameRuns(data) === undefined ? `${model}, ${counted(runs, "run")}` : model;
      return { label, color: modelColor(model), ...at(last.epoch, last.median) };
    });
  const bad = data.apart.filter(({ ending }) => ending !== "pruned");
  const names = [...new Set(bad.map(({ model }) => model))];
  const collapsed = names.map((model) => {
    const own = bad.filter((curve) => curve.model === model);
    const first = own[0]!;
    const label = `${model}, ${own.length} collapsed`;
    const end = at(first.accuracies.length, first.accuracies.at(-1)!);
    return { label, color: colorOf(model, data), ...end, isFaint: true };
  });
  return [...medians, ...collapsed];
}
