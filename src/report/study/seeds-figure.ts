import * as Plot from "@observablehq/plot";
import { counted } from "../../numbers.js";
import { element, type Figure, textElement } from "../markup.js";
import type { ModelMarks } from "../model-marks.js";
import { modelColor } from "../palette.js";
import { dotRadius, inLanes } from "./dot-lanes.js";
import { endsText, pointsText } from "./number-text.js";
import {
  goesOn,
  narrowRows,
  type PlotRow,
  type RowPlot,
  type RowScales,
  type RowSize,
  rowPlot,
  wideRows,
} from "./row-plot.js";
import type { SeedPoint, SeedsData, SeedsRow } from "./seeds-data.js";

/** Pixels for the values of runs that lie far below the others. */
const gutter = 104;
/** Pixels from the middle of a row: dots lie above it, and the mean below. */
const dotsAt = -5;
const meanAt = 12;

/** Every seed as a dot, with the mean and its interval. */
export function seedsFigure(data: SeedsData, marks: ModelMarks): Figure {
  const title = "Accuracy of every seed";
  const outside = data.rows.some(({ points }) => points.some((point) => isOutside(point, data)));
  const edge = outside
    ? " Left of the dashed line: runs far below the others, with their accuracies."
    : "";
  const plot: RowPlot = {
    ...{ domain: data.domain, axis: "test accuracy, %", label: title },
    rows: data.rows.map(plotRow),
    gutter: outside ? gutter : 0,
    marks: (size) => data.rows.flatMap((row, at) => rowMarks(row, at, data, marks, size)),
    over: (scales) =>
      (outside ? edgeLine(scales) : "") +
      data.rows.map((row, at) => overRow(row, at, data, scales)).join(""),
  };
  const unpaired = data.rows.some(({ points }) => points.some(({ isCompared }) => !isCompared))
    ? " Faint: seeds that another model has no accuracy for; they are in no mean."
    : "";
  const rest =
    data.omitted > 0 ? ` ${counted(data.omitted, "model")} with lower means are left out.` : "";
  return {
    name: "seeds",
    title,
    caption: `Each dot is a run. The bar under the dots is the 95 % interval of the mean (Student's t), the line across it the mean. Runs that collapsed or diverged are rings, and count with the accuracy that they ended with.${edge}${unpaired}${rest}`,
    svg: rowPlot(plot, wideRows),
    narrow: { svg: rowPlot(plot, narrowRows), legend: [] },
    marks,
  };
}

function plotRow(row: SeedsRow): PlotRow {
  const { model, mean, interval, points, collapsed, failed, open } = row;
  const compared = points.filter(({ isCompared }) => isCompared).length;
  const parts = [
    compared === points.length
      ? counted(points.length, "seed")
      : `${compared} of ${counted(points.length, "seed")}`,
    ...(collapsed > 0 ? [`${collapsed} collapsed`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(open > 0 ? [`${open} open`] : []),
  ];
  return {
    ...{ name: model, color: modelColor(model) },
    note: mean === undefined ? "no accuracy" : meanText(mean, interval),
    remark: parts.join(", "),
    isFaulty: collapsed + failed > 0,
  };
}

function meanText(mean: number, interval: SeedsRow["interval"]): string {
  return interval === null
    ? `${pointsText(mean)} %`
    : `${pointsText(mean)} % (${endsText(interval)})`;
}

function isOutside({ value }: SeedPoint, { domain }: SeedsData): boolean {
  return value < domain[0];
}

function rowMarks(
  row: SeedsRow,
  at: number,
  data: SeedsData,
  marks: ModelMarks,
  size: RowSize,
): Plot.Markish[] {
  const color = modelColor(row.model);
  const inside = inLanes(
    row.points.filter((point) => !isOutside(point, data)),
    data.domain,
    size,
  );
  const place = (point: (typeof inside)[number]) => at + (dotsAt + point.lane) / size.rowHeight;
  const common = {
    x: "value",
    y: place,
    r: dotRadius,
    symbol: marks.get(row.model)!.symbol,
  } as const;
  return [
    Plot.dot(
      inside.filter(({ ending }) => ending === "done"),
      { ...common, fill: color, fillOpacity: ({ isCompared }) => (isCompared ? 0.78 : 0.25) },
    ),
    Plot.dot(
      inside.filter(({ ending }) => ending !== "done"),
      { ...common, fill: "var(--page)", stroke: color, strokeWidth: 1.6 },
    ),
  ];
}

function edgeLine({ from, top, bottom }: RowScales): string {
  return element("path", {
    d: `M${from - 1},${top}V${bottom}`,
    ...{ stroke: "var(--edge)", "stroke-dasharray": "3 4", fill: "none" },
  });
}

/** What Plot does not draw: the mean with its interval, which may end beyond the axis, and runs far below. */
function overRow(row: SeedsRow, at: number, data: SeedsData, scales: RowScales): string {
  const middle = scales.y(at);
  const outside = row.points.filter((point) => isOutside(point, data));
  return meanMarkup(row, middle + meanAt, data, scales) + farBelow(outside, row, middle, scales);
}

function meanMarkup(
  { model, mean, interval }: SeedsRow,
  y: number,
  { domain }: SeedsData,
  { x }: RowScales,
): string {
  if (mean === undefined) return "";
  const color = modelColor(model);
  const [low, high] = interval ?? [mean, mean];
  const parts: string[] = [];
  if (high > domain[0] && low < domain[1]) {
    const d = `M${x(low)},${y}H${x(high)}`;
    parts.push(element("path", { d, stroke: color, "stroke-width": 3, "stroke-opacity": 0.55 }));
  }
  if (mean >= domain[0] && mean <= domain[1]) {
    const d = `M${x(mean)},${y - 6}V${y + 6}`;
    parts.push(element("path", { d, stroke: color, "stroke-width": 2.5 }));
  }
  if (low < domain[0]) parts.push(goesOn(x(domain[0]), y, -1, color));
  if (high > domain[1]) parts.push(goesOn(x(domain[1]), y, 1, color));
  return parts.join("");
}

function farBelow(
  points: readonly SeedPoint[],
  { model }: SeedsRow,
  y: number,
  { from }: RowScales,
): string {
  if (points.length === 0) return "";
  const values = points.map(({ value }) => value).sort((a, b) => a - b);
  const [least, most] = [pointsText(values[0]!), pointsText(values.at(-1)!)];
  const range = least === most ? `${least} %` : `${least} to ${most}`;
  const several = points.length > 1 ? `${points.length} × ` : "";
  const color = modelColor(model);
  const dot = { cx: from - 12, cy: y, r: dotRadius, fill: "var(--page)", stroke: color };
  return (
    element("circle", { ...dot, "stroke-width": 1.6 }) +
    textElement(several + range, {
      ...{ x: from - 22, y: y + 4, "text-anchor": "end", "font-size": 11.5, fill: color },
    })
  );
}
