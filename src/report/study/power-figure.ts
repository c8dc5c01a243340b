import * as Plot from "@observablehq/plot";
import { counted } from "../../numbers.js";
import { logTicks } from "../epoch-plot.js";
import { type Figure, fontStack, type LegendEntry, textElement } from "../markup.js";
import type { ModelMarks } from "../model-marks.js";
import { plotDocument, plotMarkup } from "../plot-markup.js";
import { lineLabels } from "./line-labels.js";
import { tickText } from "./number-text.js";
import type { PowerData, PowerLine } from "./power-data.js";
import { endsOf } from "./shown-domain.js";

const wide = { width: 960, height: 380, left: 64, right: 232, isNarrow: false } as const;
const narrow = { width: 360, height: 320, left: 54, right: 14, isNarrow: true } as const;
const top = 34;
const bottom = 48;

/** What difference a number of seeds shows, for each pair, and how many seeds the difference measured needs. */
export function powerFigure(data: PowerData, marks: ModelMarks): Figure {
  const title = "What more seeds would show";
  const rest = data.omitted > 0 ? ` Left out: ${counted(data.omitted, "pair")}.` : "";
  const band =
    data.size === undefined
      ? ""
      : ` Dashed: ${data.size} points, the smallest difference that matters.`;
  return {
    name: "power",
    title,
    caption: `Line of a pair: the true difference that a paired t-test at ${levelText(data.level)} finds with so many seeds per model in 4 of 5 studies, if seeds go on to differ as much as these do. Filled point: the seeds there are, and the difference measured. Ring: the seeds that a difference of this size needs. A point above its line had enough seeds.${band}${rest}`,
    svg: drawn(data, wide, title),
    narrow: { svg: drawn(data, narrow, title), legend: data.lines.map(legendOf) },
    marks,
  };
}

/** `0.5 % (5 % shared by 10 pairs)` */
function levelText(level: number): string {
  const pairs = Math.round(0.05 / level);
  if (pairs === 1) return "5 %";
  return `${Number((100 * level).toPrecision(2))} % (5 % shared by ${pairs} pairs)`;
}

function nameOf({ a, b }: PowerLine): string {
  return `${a} − ${b}`;
}

const pairColors = [
  "var(--series-first)",
  "var(--series-second)",
  "var(--good)",
  "var(--series-plain)",
] as const;

/** A pair has two models, so that it has no colour of a model. */
function colorAt(index: number): string {
  return pairColors[index % pairColors.length]!;
}

function legendOf(line: PowerLine, index: number): LegendEntry {
  return { label: nameOf(line), color: colorAt(index), dashed: false };
}

function drawn(data: PowerData, size: typeof wide | typeof narrow, title: string): string {
  const { width, height, left, right, isNarrow } = size;
  const lines = data.lines.map((line, at) => ({ ...line, color: colorAt(at) }));
  const measured = lines.map(({ difference }) => difference).filter((each) => each > 0);
  const shown = lines.flatMap(({ points }) => points.slice(1).map(({ difference }) => difference));
  const [least, most] = endsOf([...shown, ...measured, ...(data.size ? [data.size] : [])]);
  const range: [number, number] = [least / 1.15, most * 1.15];
  const yTicks = logTicks(...range);
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
    x: { type: "log", domain: [2, data.mostSeeds] },
    y: { type: "log", domain: range, clamp: true },
    marks: [
      Plot.gridY(yTicks, { stroke: "var(--rule)", strokeOpacity: 1 }),
      Plot.axisY(yTicks, {
        ...{ text: tickText, label: null, tickSize: 0, fill: "var(--muted)" },
      }),
      Plot.axisX(seedTicks(data.mostSeeds, isNarrow), {
        ...{ text: String, label: null, color: "var(--muted)" },
      }),
      ...(data.size === undefined
        ? []
        : [Plot.ruleY([data.size], { stroke: "var(--muted)", strokeDasharray: "4 4" })]),
      ...lines.flatMap((line) => lineMarks(line, line.color, data.mostSeeds, range)),
    ],
  });
  const [x, y] = [plot.scale("x")!, plot.scale("y")!];
  const ends = lines.map((line) => {
    const last = line.points.at(-1)!;
    const at = { x: x.apply(last.seeds) as number, y: y.apply(last.difference) as number };
    return { label: nameOf(line), color: line.color, ...at };
  });
  const needs = lines.map(({ seedsNeeded, difference, color }) => {
    if (seedsNeeded === null || seedsNeeded > data.mostSeeds || difference <= 0) return "";
    return textElement(String(seedsNeeded), {
      ...{ x: (x.apply(seedsNeeded) as number) + 8, y: (y.apply(difference) as number) - 6 },
      ...{ "font-size": 12.5, "font-weight": 650, "text-anchor": "start", fill: color },
      ...{ "paint-order": "stroke", stroke: "var(--page)", "stroke-width": 3 },
    });
  });
  const text = (words: string, attributes: Readonly<Record<string, string | number>>) =>
    textElement(words, { ...attributes, "font-size": 13, fill: "var(--muted)" });
  const extra =
    text("difference, percentage points (log)", { x: 8, y: 16, "text-anchor": "start" }) +
    text("seeds per model (log)", {
      ...{ x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle" },
    }) +
    needs.join("") +
    (isNarrow ? "" : lineLabels(ends, width - right, [top, height - bottom]));
  return plotMarkup(plot, title, extra);
}

function lineMarks(
  line: PowerLine,
  color: string,
  mostSeeds: number,
  [low, high]: readonly [number, number],
): Plot.Markish[] {
  const { points, seeds, difference, seedsNeeded } = line;
  const inside = points.filter((point) => point.difference >= low && point.difference <= high);
  const here = [{ seeds: Math.min(seeds, mostSeeds), difference }];
  const goal = seedsNeeded === null || seedsNeeded > mostSeeds ? mostSeeds : seedsNeeded;
  const way = [...here, { seeds: goal, difference }];
  const at = { x: "seeds", y: "difference" } as const;
  return [
    Plot.lineY(inside, { ...at, stroke: color, strokeWidth: 2.2 }),
    ...(difference > 0
      ? [
          Plot.line(way, { ...at, stroke: color, strokeWidth: 1.2, strokeDasharray: "2 4" }),
          Plot.dot(here, { ...at, r: 5, fill: color }),
          ...(seedsNeeded !== null && seedsNeeded <= mostSeeds
            ? [
                Plot.dot(way.slice(-1), {
                  ...{ ...at, r: 4.6, fill: "var(--page)", stroke: color, strokeWidth: 2 },
                }),
              ]
            : []),
        ]
      : []),
  ];
}

function seedTicks(last: number, isNarrow: boolean): number[] {
  const all = isNarrow
    ? [2, 5, 10, 20, 50, 100, 200]
    : [2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200];
  return all.filter((tick) => tick <= last);
}
