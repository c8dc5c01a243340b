import * as Plot from "@observablehq/plot";
import type { Figure } from "../markup.js";
import type { ModelMarks } from "../model-marks.js";
import { modelColor } from "../palette.js";
import { dotRadius, inLanes } from "./dot-lanes.js";
import {
  narrowRows,
  type PlotRow,
  type RowPlot,
  type RowSize,
  rowPlot,
  wideRows,
} from "./row-plot.js";
import { type Domain, endsOf } from "./shown-domain.js";
import type { ModelStability, StabilityData } from "./stability-data.js";

/**
 * Every seed as a dot at the lowest accuracy that its training fell to; undefined where no curve is known, as in reports of
 * many runs.
 */
export function stabilityFigure({ models }: StabilityData, marks: ModelMarks): Figure | undefined {
  if (models.every(({ points }) => points.length === 0)) return undefined;
  const title = "Lowest accuracy of every seed";
  const [least] = endsOf(models.flatMap(({ points }) => points.map(({ value }) => value)));
  const domain: Domain = [Math.max(0, least - 3), 101];
  const plot: RowPlot = {
    ...{ domain, axis: "lowest accuracy after the first third of the epochs, %", label: title },
    rows: models.map(plotRow),
    marks: (size) => models.flatMap((each, at) => rowMarks(each, at, domain, marks, size)),
  };
  return {
    name: "stability",
    title,
    caption:
      "Each dot is a run, at the lowest accuracy that it had after the first third of its epochs, whether or not it recovered. Rings fell: more than 5 points below the highest accuracy before.",
    svg: rowPlot(plot, wideRows),
    narrow: { svg: rowPlot(plot, narrowRows), legend: [] },
    marks,
  };
}

function plotRow({ model, runs, collapsed, points, fell }: ModelStability): PlotRow {
  return {
    ...{ name: model, color: modelColor(model) },
    note: `${fell} of ${points.length} fell`,
    remark: `${collapsed} of ${runs} collapsed`,
    isFaulty: collapsed > 0,
  };
}

function rowMarks(
  { model, points }: ModelStability,
  at: number,
  domain: Domain,
  marks: ModelMarks,
  size: RowSize,
): Plot.Markish[] {
  const color = modelColor(model);
  const dots = inLanes(points, domain, size);
  const common = {
    ...{ x: "value", r: dotRadius, symbol: marks.get(model)!.symbol },
    y: (dot: (typeof dots)[number]) => at + dot.lane / size.rowHeight,
  } as const;
  return [
    Plot.dot(
      dots.filter(({ fell }) => !fell),
      { ...common, fill: color, fillOpacity: 0.78 },
    ),
    Plot.dot(
      dots.filter(({ fell }) => fell),
      { ...common, fill: "var(--page)", stroke: color, strokeWidth: 1.6 },
    ),
  ];
}
