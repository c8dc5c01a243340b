import * as Plot from "@observablehq/plot";
import { thousands } from "../../numbers.js";
import { element, type Figure, fontStack, svgElement, textElement } from "../markup.js";
import type { ModelMarks } from "../model-marks.js";
import { modelColor } from "../palette.js";
import { plotDocument, plotMarkup } from "../plot-markup.js";
import type { CostData, CostPoint } from "./cost-data.js";
import { pointsText, tickText } from "./number-text.js";
import { pointLabels } from "./point-labels.js";
import { goesOn } from "./row-plot.js";
import { type Domain, endsOf, within } from "./shown-domain.js";

/** Of more points, so many are named. */
const mostNames = 10;
const fewNames = 5;

const height = 330;
const gap = 28;
const margin = { top: 34, right: 14, bottom: 48, left: 54 } as const;

interface Panel {
  readonly title: string;
  readonly axis: string;
  readonly points: readonly CostPoint[];
  readonly tickText: (value: number) => string;
  /** In which the ticks of an axis that ends at a cost are round. */
  readonly unit: (longest: number) => number;
}

/** Accuracy against parameters and against time. */
export function costFigure(data: CostData, marks: ModelMarks): Figure {
  const title = "Accuracy against what it costs";
  const panels = [
    {
      ...{ title: "Parameters", axis: "trained values", points: data.parameters },
      ...{ tickText: thousands, unit: () => 1 },
    },
    {
      ...{ title: "Time", axis: "time of a run's epochs, median", points: data.seconds },
      ...{ tickText: timeText, unit: (longest: number) => timeUnit(longest)[0] },
    },
  ].filter(({ points }) => points.length > 0);
  const draw = (width: number, columns: number) => {
    const each = (width - gap * (columns - 1)) / columns;
    const drawn = panels.map((panel, at) => {
      const [x, y] = [(at % columns) * (each + gap), Math.floor(at / columns) * (height + gap)];
      const inner = panelMarkup(panel, data.domain, marks, each);
      return element("g", { transform: `translate(${x},${y})` }, inner);
    });
    const rows = Math.ceil(panels.length / columns);
    const size = { width, height: rows * (height + gap) - gap };
    return svgElement(size, title, drawn.join(""));
  };
  return {
    name: "cost",
    title,
    caption: `Mean test accuracy over the seeds with its 95 % interval, collapsed runs counted in; higher and further left is better. The horizontal axes are logarithmic. Times depend on the machine, and on how many runs trained beside each other. An arrow at an edge: the mean or the interval lies beyond it.`,
    svg: draw(panels.length > 1 ? 960 : 620, panels.length),
    narrow: { svg: draw(360, 1), legend: [] },
    marks,
  };
}

/** The unit in which a time has a short number. */
function timeUnit(seconds: number): readonly [seconds: number, name: string] {
  if (seconds < 120) return [1, "s"];
  return seconds < 7200 ? [60, "min"] : [3600, "h"];
}

function timeText(seconds: number): string {
  const [unit, name] = timeUnit(seconds);
  return `${tickText(Number((seconds / unit).toPrecision(2)))} ${name}`;
}

function panelMarkup(panel: Panel, domain: Domain, marks: ModelMarks, width: number): string {
  const { points, title, axis } = panel;
  const [least, most] = endsOf(points.map(({ cost }) => cost));
  const air = (most / least) ** 0.12;
  const range: [number, number] = [least / air, most * air];
  const shown = points.map((point) => {
    const [low, high] = point.interval ?? [point.mean, point.mean];
    const ends = { low: within(low, domain), high: within(high, domain) };
    return { ...point, ...ends, at: within(point.mean, domain) };
  });
  const unit = panel.unit(range[1]);
  const ticks = costTicks([range[0] / unit, range[1] / unit]).map((tick) => tick * unit);
  const drawn = Plot.plot({
    document: plotDocument(),
    ...{ width, height, marginTop: margin.top, marginRight: margin.right },
    ...{ marginBottom: margin.bottom, marginLeft: margin.left },
    style: { fontFamily: fontStack, fontSize: "13px", background: "none" },
    x: { type: "log", domain: range },
    y: { domain: [...domain] },
    marks: [
      Plot.gridY({ ticks: 6, stroke: "var(--rule)", strokeOpacity: 1 }),
      Plot.axisY({
        ...{ ticks: 6, label: null, tickSize: 0, fill: "var(--muted)" },
      }),
      Plot.axisX(ticks, {
        ...{ text: panel.tickText, label: null, color: "var(--muted)" },
      }),
      ...shown.flatMap((point) => [
        Plot.ruleX([point.cost], {
          ...{ y1: point.low, y2: point.high, stroke: modelColor(point.model) },
          ...{ strokeWidth: 2, strokeOpacity: 0.6 },
        }),
        Plot.dot([point], {
          ...{ x: "cost", y: "at", r: 5.5, fill: modelColor(point.model) },
          symbol: marks.get(point.model)!.symbol,
        }),
      ]),
    ],
  });
  const [x, y] = [drawn.scale("x")!, drawn.scale("y")!];
  const pixels = shown.map((point) => ({
    ...point,
    ...{ px: x.apply(point.cost) as number, py: y.apply(point.at) as number },
  }));
  const names = pointLabels(
    pixels.filter(isNamed(pixels)).map(({ model, mean, px, py }) => ({
      // Where the point is not at its mean, the mean is named.
      ...{ name: model, note: mean < domain[0] ? ` ${pointsText(mean)} %` : "" },
      ...{ color: modelColor(model), x: px, y: py },
    })),
    { left: margin.left, right: width, top: margin.top, bottom: height - margin.bottom },
  );
  const beyond = pixels.map(({ model, mean, px }) => {
    if (mean >= domain[0]) return "";
    const edge = y.apply(domain[0]) as number;
    const arrow = goesOn(0, 0, 1, modelColor(model));
    return element("g", { transform: `translate(${px},${edge + 2}) rotate(90)` }, arrow);
  });
  const words =
    textElement(`${title}: accuracy, %`, {
      ...{ x: 0, y: 14, "font-size": 13.5, "font-weight": 650, "text-anchor": "start" },
    }) +
    textElement(axis, {
      ...{ x: (margin.left + width - margin.right) / 2, y: height - 8, "font-size": 13 },
      ...{ "text-anchor": "middle", fill: "var(--muted)" },
    });
  return plotMarkup(drawn, `Accuracy by ${title.toLowerCase()}`, words + names + beyond.join(""));
}

/** Of many points, only the highest have room for their names. */
function isNamed(points: readonly CostPoint[]): (point: CostPoint) => boolean {
  if (points.length <= mostNames) return () => true;
  const highest = [...points].sort((a, b) => b.mean - a.mean).slice(0, fewNames);
  return ({ model }) => highest.some((each) => each.model === model);
}

/** Four to six round values of a logarithmic axis. */
function costTicks([low, high]: readonly [number, number]): number[] {
  const digitsOf = (digits: readonly number[]) => {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
      for (const digit of digits) {
        const tick = Number(`${digit}e${power}`);
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    }
    return ticks;
  };
  const sets = [
    [1],
    [1, 3],
    [1, 2, 5],
    [1, 1.5, 2, 3, 5, 7],
    [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9],
  ];
  const found = sets.map(digitsOf);
  return found.find((ticks) => ticks.length >= 3) ?? found.at(-1)!;
}
