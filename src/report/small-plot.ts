import * as Plot from "@observablehq/plot";
import type { PointSymbol } from "./ink.js";
import { element, fontStack, type LegendEntry, svgElement, textElement } from "./markup.js";
import { plotDocument, plotMarkup } from "./plot-markup.js";

/** One line of a small plot. */
export interface SmallSeries {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** A CSS colour. */
  readonly color: string;
  readonly symbol: PointSymbol;
}

/** A plot of accuracies, 0..1, with its own title. */
export interface SmallPlot {
  readonly title: string;
  /** Text below the horizontal axis. */
  readonly xLabel: string;
  /** `point`: the ticks have equal distances, and each x is one of them. Default `linear`. */
  readonly xScale?: "linear" | "point";
  readonly xTicks: readonly number[];
  readonly yDomain: readonly [number, number];
  /** Drawn as a horizontal line, such as the accuracy without any change. */
  readonly yReference?: number;
  readonly series: readonly SmallSeries[];
}

const height = 250;
const gap = 24;
const marginLeft = 52;

/** Width of the names of lines. */
const legendWidth = 170;

/**
 * One picture of several plots, in rows of `columns` plots each.
 *
 * @param legend names of the lines, drawn at the right
 */
export function smallPlots(
  plots: readonly SmallPlot[],
  width: number,
  columns: number,
  title: string,
  legend: readonly LegendEntry[] = [],
): string {
  const room = legend.length > 0 ? width - legendWidth : width;
  const each = (room - gap * (columns - 1)) / columns;
  const drawn = plots.map((plot, index) => {
    const x = (index % columns) * (each + gap);
    const y = Math.floor(index / columns) * (height + gap);
    return element("g", { transform: `translate(${x},${y})` }, smallPlot(plot, each));
  });
  const rows = Math.ceil(plots.length / columns);
  return svgElement(
    { width, height: rows * (height + gap) - gap },
    title,
    drawn.join("") + legendText(legend, room + gap),
  );
}

function legendText(legend: readonly LegendEntry[], x: number): string {
  return legend
    .map(({ label, color }, index) => {
      const y = 44 + index * 22;
      const line = element("path", { d: `M${x},${y}h20`, stroke: color, "stroke-width": 2.5 });
      return line + textElement(label, { x: x + 28, y: y + 4.5, "font-size": 13, fill: color });
    })
    .join("");
}

function smallPlot(plot: SmallPlot, width: number): string {
  const { title, xLabel, xScale = "linear", xTicks, yDomain, yReference, series } = plot;
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x));
  const drawn = Plot.plot({
    document: plotDocument(),
    width,
    height,
    marginTop: 34,
    marginBottom: 46,
    marginLeft,
    marginRight: 10,
    style: { fontFamily: fontStack, fontSize: "13px", background: "none" },
    x:
      xScale === "point"
        ? { type: "point", domain: [...xTicks], padding: 0.15 }
        : { domain: [Math.min(...xs), Math.max(...xs)] },
    y: { domain: [...yDomain] },
    marks: [
      Plot.gridY({ ticks: 5, stroke: "var(--rule)", strokeOpacity: 1 }),
      Plot.axisY({
        ticks: 5,
        tickFormat: (y: number) => `${Number((y * 100).toFixed(1))} %`,
        label: null,
        tickSize: 0,
        fill: "var(--muted)",
      }),
      Plot.axisX([...xTicks], { tickFormat: String, label: null, color: "var(--muted)" }),
      ...(yReference === undefined
        ? []
        : [Plot.ruleY([yReference], { stroke: "var(--muted)", strokeDasharray: "3 3" })]),
      ...series.flatMap(({ points, color, symbol }) => [
        Plot.lineY(points, { x: "x", y: "y", stroke: color, strokeWidth: 2 }),
        Plot.dot(points, { x: "x", y: "y", symbol, r: 3.4, fill: color }),
      ]),
    ],
  });
  const words =
    textElement(title, {
      x: 0,
      y: 14,
      "font-size": 13.5,
      "font-weight": 650,
      "text-anchor": "start",
    }) +
    textElement(xLabel, {
      x: (marginLeft + width - 10) / 2,
      y: height - 8,
      "font-size": 12.5,
      "text-anchor": "middle",
      fill: "var(--muted)",
    });
  return plotMarkup(drawn, `${title}: accuracy by ${xLabel}`, words);
}
