import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { FoundRate } from "../train/find-learning-rate.js";
import { type Figure, svgElement, textElement } from "./markup.js";

const wide = { width: 640, height: 360 } as const;
/** For phones: narrow, so that its text is not scaled down; every other power of ten has a label. */
const narrow = { width: 358, height: 300 } as const;
const margin = { top: 34, right: 20, bottom: 48, left: 56 } as const;
/** The vertical axis ends at most at this many times the first loss: that of a diverging training hides the rest. */
const highest = 1.5;
/** Factor by which the axis extends beyond the line. */
const air = 1.1;

/** The loss by learning rate on a logarithmic scale, with the suggested rate. */
export function rateFigure(model: string, { points, suggested }: FoundRate): Figure {
  const title = `${model}: loss by learning rate`;
  const rate =
    suggested === undefined
      ? "No rate is suggested."
      : `The vertical line is at the suggested rate, ${short(suggested)}.`;
  const picture = (size: Size) =>
    svgElement(size, title, points.length < 2 ? "" : drawn({ points, suggested }, size));
  return {
    name: `learning-rate-${model}`,
    title,
    caption: `One training whose learning rate grows from step to step. Points: loss of a batch; line: its exponential moving average. ${rate} Losses above the upper edge are left out.`,
    svg: picture(wide),
    narrow: { svg: picture(narrow), legend: [] },
  };
}

type Size = typeof wide | typeof narrow;

function drawn({ points, suggested }: Pick<FoundRate, "points" | "suggested">, size: Size): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const rates = points.map(({ learningRate }) => learningRate);
  const line = points.map(({ smoothed }) => smoothed);
  const top = Math.min(highest * points[0]!.loss, air * Math.max(...line));
  const bottom = Math.min(...line) / air;
  const range: [number, number] = [bottom, Math.max(top, bottom + 0.1)];
  const shown = points.filter(({ loss }) => loss >= range[0] && loss <= range[1]);
  const smooth = points.filter(({ smoothed }) => smoothed <= range[1]);
  const plot = Plot.plot({
    document,
    ...{ width: size.width, height: size.height },
    ...{ marginTop: margin.top, marginRight: margin.right },
    ...{ marginBottom: margin.bottom, marginLeft: margin.left },
    style: { background: "none" },
    x: { type: "log", domain: [rates[0]!, rates.at(-1)!], axis: null },
    y: { domain: range, axis: null },
    marks: [
      Plot.gridY(levels(range), { stroke: "var(--rule)", strokeOpacity: 1 }),
      Plot.dot(shown, {
        x: "learningRate",
        y: "loss",
        fill: "var(--muted)",
        fillOpacity: 0.35,
        r: 2,
      }),
      Plot.lineY(smooth, {
        x: "learningRate",
        y: "smoothed",
        stroke: "var(--ink)",
        strokeWidth: 2,
      }),
      ...(suggested === undefined
        ? []
        : [Plot.ruleX([suggested], { stroke: "var(--ink)", strokeDasharray: "4 4" })]),
    ],
  });
  const at = (name: "x" | "y", value: number) => plot.scale(name)!.apply(value) as number;
  const label = (text: string, x: number, y: number, anchor: "start" | "middle" | "end") =>
    textElement(text, { x, y, "font-size": 12.5, "text-anchor": anchor, fill: "var(--muted)" });
  const right = size.width - margin.right;
  const texts = [
    label("loss", 8, 18, "start"),
    label("learning rate", (margin.left + right) / 2, size.height - 6, "middle"),
    ...levels(range).map((loss) =>
      label(loss.toFixed(2), margin.left - 8, at("y", loss) + 4, "end"),
    ),
    ...decades(rates[0]!, rates.at(-1)!)
      .filter((_, index) => size === wide || index % 2 === 0)
      .map((each) => label(short(each), at("x", each), size.height - margin.bottom + 18, "middle")),
    ...(suggested === undefined
      ? []
      : [label(short(suggested), at("x", suggested), margin.top - 8, "middle")]),
  ];
  const markup = plot.outerHTML
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/ style="[^"]*"/, "");
  return markup + texts.join("");
}

/** Five losses at equal distances, for the labels of the axis. */
function levels([low, high]: readonly [number, number]): number[] {
  return [0, 1, 2, 3, 4].map((part) => low + (part / 4) * (high - low));
}

/** The powers of ten in a range. */
function decades(low: number, high: number): number[] {
  const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => Number(`1e${from + at}`));
}

function short(value: number): string {
  return String(Number(value.toPrecision(2)));
}
