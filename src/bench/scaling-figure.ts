import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { thousands } from "../numbers.js";
import { logTicks } from "../report/epoch-plot.js";
import { dodge } from "../report/label-dodge.js";
import { type Figure, svgElement, textElement } from "../report/markup.js";
import { assignMarks, type ModelMarks } from "../report/model-marks.js";
import { modelColor } from "../report/palette.js";
import { type ScalingAxis, type ScalingPoint, type ScalingSeries, scalingAxes } from "./scaling.js";

const panel = { width: 460, height: 320, columns: 2 } as const;
const margin = { top: 40, right: 116, bottom: 46, left: 54 } as const;
const labelGap = 16;
/** Width of a digit in a label, pixels. */
const digitWidth = 7.5;
const labelRoom = 5;
/** Factor by which an axis extends beyond the largest and the smallest value. */
const air = 1.25;

/** The quantity that a panel shows. */
interface Quantity {
  readonly title: string;
  readonly of: (point: ScalingPoint) => number;
}

const time: Quantity = { title: "ms per step", of: ({ median }) => median };
const memory: Quantity = {
  title: "MB of working memory per step",
  of: (point) => point.memory / 1e6,
};

/** One panel per axis; the axis of attention positions has two, for time and memory. */
const panels: readonly { readonly axis: ScalingAxis; readonly quantity: Quantity }[] =
  scalingAxes.flatMap((axis) => {
    const isAttention = axis === "attention positions";
    return (isAttention ? [time, memory] : [time]).map((quantity) => ({ axis, quantity }));
  });

/**
 * Figure of the time of a training step and of the memory of attention, on logarithmic scales.
 *
 * @param given colours and symbols of models that are fixed elsewhere
 */
export function scalingFigure(series: readonly ScalingSeries[], given?: ModelMarks): Figure {
  const names = series.map(({ model }) => model);
  const marks = assignMarks(names, given);
  const shown = panels.filter(({ axis }) => series.some((each) => each.axis === axis));
  const rows = Math.ceil(shown.length / panel.columns);
  const size = { width: panel.columns * panel.width, height: Math.max(1, rows) * panel.height };
  const title = "Cost of a training step";
  const drawn = shown.map(({ axis, quantity }, index) => {
    const x = (index % panel.columns) * panel.width;
    const y = Math.floor(index / panel.columns) * panel.height;
    const along = series.filter((each) => each.axis === axis);
    return `<g transform="translate(${x},${y})">${drawPanel(axis, along, quantity, marks)}</g>`;
  });
  return {
    name: "scaling",
    title,
    marks,
    caption:
      "Median of single steps while one size grows and all others stay: batch 64, images of 28×28, " +
      "10 and 20 channels, one thread. Both scales are logarithmic.",
    svg: svgElement(size, title, drawn.join("")),
  };
}

function drawPanel(
  axis: ScalingAxis,
  series: readonly ScalingSeries[],
  { title, of }: Quantity,
  marks: ModelMarks,
): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const sizes = [...new Set(series.flatMap(({ points }) => points.map(({ size }) => size)))];
  const values = series.flatMap(({ points }) => points.map(of));
  const [low, high] = [Math.min(...values) / air, Math.max(...values) * air];
  const ticks = logTicks(low, high);
  const plot = Plot.plot({
    document,
    width: panel.width,
    height: panel.height,
    marginTop: margin.top,
    marginRight: margin.right,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    style: { background: "none" },
    x: { type: "log", domain: domainOf(sizes), axis: null },
    y: { type: "log", domain: [low, high], axis: null },
    marks: [
      Plot.gridY(ticks, { stroke: "var(--rule)", strokeOpacity: 1 }),
      ...series.flatMap(({ model, points }) => [
        Plot.lineY(points, { x: "size", y: of, stroke: modelColor(model), strokeWidth: 2 }),
        Plot.dot(points, {
          x: "size",
          y: of,
          fill: modelColor(model),
          symbol: marks.get(model)!.symbol,
          r: 3.5,
        }),
      ]),
    ],
  });
  const place = (name: "x" | "y") => (value: number) => plot.scale(name)!.apply(value) as number;
  const bottom = panel.height - margin.bottom;
  const right = panel.width - margin.right;
  const texts = [
    label(title, 8, 18, "start"),
    label(axis, (margin.left + right) / 2, panel.height - 6, "middle"),
    ...ticks.map((tick) => label(thousands(tick), margin.left - 8, place("y")(tick) + 4, "end")),
    ...apart(sizes, place("x")).map((size) =>
      label(thousands(size), place("x")(size), bottom + 18, "middle"),
    ),
    endLabels(series, (point) => place("y")(of(point)), [margin.top, bottom]),
  ];
  const drawn = plot.outerHTML
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/ style="[^"]*"/, "");
  return drawn + texts.join("");
}

function label(text: string, x: number, y: number, anchor: "start" | "middle" | "end"): string {
  const where = { x, y, "font-size": 12.5, "text-anchor": anchor };
  return textElement(text, { ...where, fill: "var(--muted)" });
}

/** The models' names at the ends of their lines, moved apart. */
function endLabels(
  series: readonly ScalingSeries[],
  place: (point: ScalingPoint) => number,
  bounds: readonly [number, number],
): string {
  const wanted = series.map(({ points }) => place(points.at(-1)!));
  const places = dodge(wanted, labelGap, bounds);
  return series
    .map(({ model }, index) =>
      textElement(model, {
        x: panel.width - margin.right + 10,
        y: places[index]! + 4,
        "font-size": 12.5,
        fill: modelColor(model),
      }),
    )
    .join("");
}

/** The range of an axis, wider than a point even for a single size. */
function domainOf(sizes: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  return low < high ? [low, high] : [low / 2, high * 2];
}

/** The sizes whose labels do not overlap, starting from the largest. */
function apart(sizes: readonly number[], place: (size: number) => number): number[] {
  const width = (size: number) => thousands(size).length * digitWidth;
  const kept: number[] = [];
  for (const size of sizes.toSorted((a, b) => b - a)) {
    const next = kept.at(-1);
    const room = next === undefined ? Infinity : place(next) - place(size);
    if (room >= (width(size) + width(next ?? 0)) / 2 + labelRoom) kept.push(size);
  }
  return kept;
}
