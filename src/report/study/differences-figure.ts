import * as Plot from "@observablehq/plot";
import { counted } from "../../numbers.js";
import type { ComparedPair } from "../../stats/compare.js";
import { element, type Figure, textElement } from "../markup.js";
import type { ModelMarks } from "../model-marks.js";
import { modelColor } from "../palette.js";
import type { DifferencesData } from "./differences-data.js";
import { endsText, probabilityText, signedText } from "./number-text.js";
import {
  goesOn,
  narrowRows,
  type PlotRow,
  type RowPlot,
  type RowScales,
  rowPlot,
  wideRows,
} from "./row-plot.js";

/** Differences of pairs with their intervals: a forest plot. */
export function differencesFigure(data: DifferencesData, marks: ModelMarks): Figure {
  const { pairs, omitted, extent, size } = data;
  const title = "Differences between models";
  const band =
    size === undefined ? "" : ` Differences in the grey band, below ${size} points, do not matter.`;
  const rest =
    omitted === 0
      ? ""
      : ` ${counted(omitted, "pair")} with larger p-values are in the table alone.`;
  const plot: RowPlot = {
    rows: pairs.map(plotRow),
    domain: [-extent, extent],
    axis: "difference, percentage points",
    label: title,
    marks: () => pairs.flatMap((pair, at) => pairMarks(pair, at, extent)),
    over: (scales) => zeroLine(scales, size) + arrows(pairs, extent, scales),
  };
  return {
    name: "differences",
    title,
    caption: `Mean accuracy of the first model minus that of the second, with its 95 % interval. Right of the line at 0 the first is ahead. Filled, in the colour of the better model: settled (p below 0.05 after Holm's correction for all pairs). Hollow: not settled.${band}${rest}`,
    svg: rowPlot(plot, wideRows),
    narrow: { svg: rowPlot(plot, narrowRows), legend: [] },
    marks,
  };
}

function colorOf({ a, b, verdict }: ComparedPair): string {
  if (verdict === "not settled") return "var(--muted)";
  return modelColor(verdict === "a" ? a : b);
}

function plotRow(pair: ComparedPair): PlotRow {
  const { a, b, difference, interval, pHolm, verdict } = pair;
  const words = verdict === "not settled" ? "not settled" : `${verdict === "a" ? a : b} is better`;
  return {
    ...{ name: a, besides: `− ${b}`, color: "var(--ink)" },
    note: interval ? `${signedText(difference)} (${endsText(interval)})` : signedText(difference),
    remark: pHolm === null ? words : `p ${probabilityText(pHolm)}, ${words}`,
  };
}

function pairMarks(pair: ComparedPair, at: number, extent: number): Plot.Markish[] {
  const color = colorOf(pair);
  const cut = (value: number) => Math.min(extent, Math.max(-extent, value));
  const [low, high] = pair.interval ?? [pair.difference, pair.difference];
  return [
    Plot.ruleY([at], { x1: cut(low), x2: cut(high), stroke: color, strokeWidth: 2.5 }),
    // Beyond the axis there are only its arrow and its figures.
    Plot.dot(Math.abs(pair.difference) > extent ? [] : [at], {
      ...{ x: pair.difference, y: at, r: 5.5, stroke: color, strokeWidth: 2.2 },
      fill: pair.verdict === "not settled" ? "var(--page)" : color,
    }),
  ];
}

function zeroLine({ x, top, bottom }: RowScales, size: number | undefined): string {
  const line = element("path", {
    ...{ d: `M${x(0)},${top}V${bottom}`, stroke: "var(--ink)", "stroke-width": 1.2 },
  });
  const words = [
    { text: "← second is better", x: x(0) - 8, "text-anchor": "end" },
    { text: "first is better →", x: x(0) + 8, "text-anchor": "start" },
  ].map(({ text, ...at }) =>
    textElement(text, { ...at, y: top - 10, "font-size": 12, fill: "var(--muted)" }),
  );
  const band =
    size === undefined
      ? ""
      : element("rect", {
          ...{ x: x(-size), y: top, width: x(size) - x(-size), height: bottom - top },
          ...{ fill: "var(--muted)", "fill-opacity": 0.14 },
        });
  return band + line + words.join("");
}

/** Arrow heads where intervals go on beyond the axis. */
function arrows(pairs: readonly ComparedPair[], extent: number, { x, y }: RowScales): string {
  return pairs
    .flatMap((pair, at) => {
      const [low, high] = pair.interval ?? [0, 0];
      return [
        low < -extent ? goesOn(x(-extent), y(at), -1, colorOf(pair)) : "",
        high > extent ? goesOn(x(extent), y(at), 1, colorOf(pair)) : "",
      ];
    })
    .join("");
}
