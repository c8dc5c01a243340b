import * as Plot from "@observablehq/plot";
import { element, type Figure, fontStack, textElement } from "../markup.js";
import type { ModelMarks } from "../model-marks.js";
import { modelColor } from "../palette.js";
import { plotDocument, plotMarkup } from "../plot-markup.js";
import { probabilityText } from "./number-text.js";
import type { RanksData } from "./ranks-data.js";
import { shortened } from "./row-plot.js";

const wide = { width: 960, side: 210, letters: 23 } as const;
const narrow = { width: 360, side: 100, letters: 9 } as const;
const axisAt = 66;
const barGap = 11;
const nameGap = 24;

/** A critical-difference diagram: models by their mean rank; bars join those that are not told apart. */
export function ranksFigure(data: RanksData, marks: ModelMarks): Figure {
  const title = "Mean ranks";
  const { friedman, imanDavenport, nemenyi, seeds } = data;
  return {
    name: "ranks",
    title,
    caption: `Models by their mean rank over ${seeds} seeds, 1 for the highest accuracy of a seed. Bars join models that Nemenyi's test does not tell apart at 5 %: their ranks differ by less than the critical difference (CD), ${nemenyi.difference.toFixed(2)}. All models alike: Friedman's test p ${probabilityText(friedman.p)}, Iman and Davenport's p ${probabilityText(imanDavenport.p)}. Seeds are no data sets: this holds for these images.`,
    svg: drawn(data, wide, title),
    narrow: { svg: drawn(data, narrow, title), legend: [] },
    marks,
  };
}

function drawn(data: RanksData, size: typeof wide | typeof narrow, title: string): string {
  const { ranks, nemenyi } = data;
  const { width, side, letters } = size;
  const count = ranks.length;
  const groupsEnd = axisAt + 14 + nemenyi.groups.length * barGap;
  const half = Math.ceil(count / 2);
  const height = groupsEnd + 18 + half * nameGap;
  const plot = Plot.plot({
    document: plotDocument(),
    ...{ width, height, marginTop: axisAt, marginBottom: height - axisAt },
    ...{ marginLeft: side, marginRight: side },
    style: { fontFamily: fontStack, fontSize: "13px", background: "none" },
    x: { domain: [1, count] },
    marks: [
      Plot.axisX(
        Array.from({ length: count }, (_, at) => at + 1),
        { anchor: "top", tickFormat: String, label: null, color: "var(--muted)" },
      ),
    ],
  });
  const x = (rank: number) => plot.scale("x")!.apply(rank) as number;
  const leaders = ranks.map(({ model, rank }, at) => {
    const isLeft = at < half;
    // The outermost names stand highest, so that no lines cross.
    const level = isLeft ? at : count - 1 - at;
    const y = groupsEnd + 18 + level * nameGap;
    const end = isLeft ? side - 12 : width - side + 12;
    const color = modelColor(model);
    const line = element("path", {
      ...{ d: `M${x(rank)},${axisAt}V${y}H${end}`, fill: "none", stroke: color },
      "stroke-width": 1.6,
    });
    const dot = element("circle", { cx: x(rank), cy: axisAt, r: 4.5, fill: color });
    const anchor = isLeft ? "end" : "start";
    const name = textElement(shortened(model, letters), {
      ...{ x: end + (isLeft ? -6 : 6), y: y + 4.5, "text-anchor": anchor },
      ...{ "font-size": 13, "font-weight": 650, fill: color },
    });
    const figure = textElement(rank.toFixed(2), {
      ...{ x: end + (isLeft ? 4 : -4), y: y - 4, "text-anchor": isLeft ? "start" : "end" },
      ...{ "font-size": 11.5, fill: "var(--muted)" },
    });
    return line + dot + name + figure;
  });
  const rankOf = new Map(ranks.map(({ model, rank }) => [model, rank]));
  const bars = nemenyi.groups.map((group, at) => {
    const own = group.map((model) => rankOf.get(model)!);
    const y = axisAt + 12 + at * barGap;
    const [from, to] = [x(Math.min(...own)) - 5, x(Math.max(...own)) + 5];
    return element("path", {
      ...{ d: `M${from},${y}H${to}`, stroke: "var(--ink)", "stroke-width": 4 },
      "stroke-linecap": "round",
    });
  });
  return plotMarkup(plot, title, criticalBar(data, x) + leaders.join("") + bars.join(""));
}

/** The length of the critical difference, over the axis; cut where it is longer than that. */
function criticalBar({ nemenyi, ranks }: RanksData, x: (rank: number) => number): string {
  const isLonger = nemenyi.difference > ranks.length - 1;
  const [from, to] = [x(1), x(isLonger ? ranks.length : 1 + nemenyi.difference)];
  const d = `M${from},14V24M${from},19H${to}${isLonger ? "" : `M${to},14V24`}`;
  const note = isLonger
    ? `CD ${nemenyi.difference.toFixed(2)} →`
    : `CD ${nemenyi.difference.toFixed(2)}`;
  return (
    element("path", { d, stroke: "var(--muted)", "stroke-width": 1.5, fill: "none" }) +
    textElement(note, {
      ...{ x: to + 8, y: 23, "text-anchor": "start", "font-size": 12, fill: "var(--muted)" },
    })
  );
}
