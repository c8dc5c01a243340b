import * as Plot from "@observablehq/plot";
import { median } from "../stats/quantiles.js";
import type { EpochCurvesData, EpochPoint, EpochSeries } from "./epoch-data.js";
import { dodge } from "./label-dodge.js";
import { element, fontStack, type LegendEntry, type NarrowPicture, textElement } from "./markup.js";
import type { ModelMarks } from "./model-marks.js";
import { modelColor } from "./palette.js";
import { plotDocument, plotMarkup } from "./plot-markup.js";

/** The vertical axis, which is always logarithmic. */
export interface ValueAxis {
  readonly label: string;
  /** True where small values belong at the top. */
  readonly reverse?: boolean;
  readonly ticks: (low: number, high: number) => number[];
  readonly tickText: (value: number) => string;
}

interface PlotSize {
  readonly width: number;
  readonly height: number;
  readonly marginRight: number;
  readonly marginLeft: number;
  /** Largest number of ticks on the epoch axis. */
  readonly mostTicks: number;
  /** Whether names are drawn at the ends of the lines. */
  readonly named: boolean;
}

const wide: PlotSize = {
  width: 960,
  height: 500,
  marginRight: 216,
  marginLeft: 60,
  mostTicks: 15,
  named: true,
};
/** For phones: narrow, so that its text is not scaled down. */
const narrow: PlotSize = {
  width: 360,
  height: 340,
  marginRight: 14,
  marginLeft: 50,
  mostTicks: 8,
  named: false,
};
const marginTop = 34;
const marginBottom = 46;
const labelGap = 17;
/** Width of the text about an epoch whose value is beyond the plot. */
const limitLabelWidth = 128;

/** Above this number of epochs a run is drawn as a faint line with its running median, otherwise with points. */
const longRun = 60;
const medianWindow = 9;

/** A plot for wide pages, and another for phones. */
export interface EpochPlot {
  /** An `<svg>` element with a name at the end of each line. */
  readonly svg: string;
  /** The plot for phones, without names at the lines but with a legend above. */
  readonly narrow: NarrowPicture;
}

/**
 * Draws series over epochs on a logarithmic axis.
 *
 * @param given each with at least one point
 * @param marks of their models
 */
export function epochPlot(
  given: readonly EpochSeries[],
  axis: ValueAxis,
  marks: ModelMarks,
): EpochPlot {
  const entries = new Map<string, LegendEntry>();
  for (const { label, model, published } of given) {
    entries.set(label, { label, color: modelColor(model), dashed: published });
  }
  return {
    svg: drawnPlot(given, axis, wide, marks),
    narrow: { svg: drawnPlot(given, axis, narrow, marks), legend: [...entries.values()] },
  };
}

/** A caption that explains solid, dashed and faint lines. */
export function lineCaption({ epochs, series, remark }: EpochCurvesData): string {
  const italics = series.some(({ published }) => published)
    ? ", those of published curves in italics"
    : "";
  const median =
    epochs > longRun
      ? `Faint: every epoch. Strong: running median of nine epochs. Epochs beyond the plot are cut off at its edge; a text there gives the worst epoch of each line${italics}.`
      : "";
  return [remark, median]
    .filter((text) => text !== "")
    .map((text) => ` ${text}`)
    .join("");
}

function drawnPlot(
  given: readonly EpochSeries[],
  axis: ValueAxis,
  size: PlotSize,
  marks: ModelMarks,
): string {
  const { width, height, marginLeft, marginRight } = size;
  const epochs = given.flatMap((line) => line.points.map((point) => point.epoch));
  const lastEpoch = largest(epochs);
  const limit = worstShown(given, lastEpoch);
  const series = given.map((line) => ({
    ...line,
    points: line.points.map(({ epoch, value }) => ({ epoch, value: Math.min(value, limit) })),
  }));
  const values = series.flatMap((line) => line.points.map((point) => point.value));
  const [low, high] = paddedDomain(values);
  const plot = Plot.plot({
    document: plotDocument(),
    width,
    height,
    marginTop,
    marginRight,
    marginBottom,
    marginLeft,
    style: { fontFamily: fontStack, fontSize: "13px", background: "none" },
    x: { domain: lastEpoch > 1 ? [1, lastEpoch] : [0.5, 1.5] },
    y: { type: "log", domain: axis.reverse ? [high, low] : [low, high] },
    marks: [
      Plot.gridY(axis.ticks(low, high), { stroke: "var(--rule)", strokeOpacity: 1 }),
      Plot.axisY(axis.ticks(low, high), {
        tickFormat: axis.tickText,
        label: null,
        tickSize: 0,
        fill: "var(--muted)",
      }),
      Plot.axisX(epochTicks(lastEpoch, size.mostTicks), {
        tickFormat: String,
        label: null,
        color: "var(--muted)",
      }),
      ...series.flatMap((line) => lineMarks(line, lastEpoch, marks)),
    ],
  });
  const scale = plot.scale("y")!;
  const xScale = plot.scale("x")!;
  const ends = series.map((line) => {
    const end = strongLine(line, lastEpoch).at(-1)!;
    return { line, x: xScale.apply(end.epoch) as number, y: scale.apply(end.value) as number };
  });
  const extra =
    textElement(axis.label, {
      x: 8,
      y: 16,
      "font-size": 13,
      "text-anchor": "start",
      fill: "var(--muted)",
    }) +
    textElement("epoch", {
      x: (marginLeft + width - marginRight) / 2,
      y: height - 8,
      "font-size": 13,
      "text-anchor": "middle",
      fill: "var(--muted)",
    }) +
    (size.named ? endLabels(ends, size) : "") +
    limitLabels(given, limit, axis, size, (epoch) => xScale.apply(epoch) as number);
  return plotMarkup(plot, `${axis.label} by epoch`, extra);
}

function lineMarks(line: EpochSeries, lastEpoch: number, marks: ModelMarks): Plot.Markish[] {
  const stroke = modelColor(line.model);
  const at = { x: "epoch", y: "value", stroke } as const;
  const dash = line.published ? "5 4" : undefined;
  if (lastEpoch > longRun) {
    const strong = strongLine(line, lastEpoch);
    return [
      Plot.lineY(thinned(line.points), { ...at, strokeWidth: 0.7, strokeOpacity: 0.35 }),
      Plot.lineY(thinned(strong), {
        ...at,
        strokeWidth: line.published ? 1.4 : 2.2,
        strokeDasharray: dash,
        strokeOpacity: line.published ? 0.85 : 1,
      }),
    ];
  }
  return [
    Plot.lineY(line.points, {
      ...at,
      strokeWidth: line.published ? 1.3 : 2.2,
      strokeDasharray: dash,
      strokeOpacity: line.published ? 0.8 : 1,
    }),
    Plot.dot(line.points, {
      x: "epoch",
      y: "value",
      symbol: marks.get(line.model)!.symbol,
      r: line.published ? 2.6 : lastEpoch > 25 ? 2.6 : 4.2,
      fill: line.published ? "var(--page)" : stroke,
      stroke: line.published ? stroke : "none",
      strokeWidth: 1.2,
    }),
  ];
}

function strongLine(line: EpochSeries, lastEpoch: number): readonly EpochPoint[] {
  return lastEpoch > longRun ? runningMedian(line.points, medianWindow) : line.points;
}

/**
 * The worst value inside the plot. In a long run single epochs may be far worse than all others; an axis
 * that includes them would leave too little room for the rest.
 */
function worstShown(series: readonly EpochSeries[], lastEpoch: number): number {
  if (lastEpoch <= longRun) return Number.POSITIVE_INFINITY;
  const typical = series.flatMap((line) => [
    ...strongLine(line, lastEpoch).map((point) => point.value * 1.3),
    ...line.points.filter((point) => point.epoch <= 3).map((point) => point.value),
  ]);
  return largest(typical);
}

/** Texts at the plot's edge that give the worst epoch of each line that goes beyond it. */
function limitLabels(
  series: readonly EpochSeries[],
  limit: number,
  axis: ValueAxis,
  { width, height, marginLeft, marginRight }: PlotSize,
  across: (epoch: number) => number,
): string {
  const all = series.flatMap((line) => {
    const outside = line.points.filter((point) => point.value > limit);
    if (outside.length === 0) return [];
    const worst = outside.reduce((a, b) => (b.value > a.value ? b : a));
    return [{ line, worst, x: across(worst.epoch) }];
  });
  // Where there is no room for all, the worst are named.
  const room = Math.floor((width - marginLeft - marginRight) / limitLabelWidth);
  const beyond = all.sort((a, b) => b.worst.value - a.worst.value).slice(0, room);
  const y = axis.reverse ? height - marginBottom - 6 : marginTop + 4;
  const shifted = dodge(
    beyond.map(({ x }) => x + 6),
    limitLabelWidth,
    [marginLeft, width - marginRight - 110],
  );
  return beyond
    .map(({ line, worst }, index) =>
      textElement(`${axis.tickText(rounded(worst.value))} in epoch ${worst.epoch}`, {
        x: shifted[index]!,
        y,
        "text-anchor": "start",
        "font-size": 11.5,
        "paint-order": "stroke",
        stroke: "var(--page)",
        "stroke-width": 4,
        "font-style": line.published ? "italic" : undefined,
        fill: modelColor(line.model),
      }),
    )
    .join("");
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** Each value replaced by the median of the window around it; the window is shorter at both ends. */
export function runningMedian(points: readonly EpochPoint[], window: number): EpochPoint[] {
  const half = Math.floor(window / 2);
  return points.map((point, index) => {
    const around = points.slice(Math.max(0, index - half), index + half + 1);
    return { epoch: point.epoch, value: median(around.map((each) => each.value)) };
  });
}

/** A line has room for so many points; more are not seen and make a page slow. */
const mostPoints = 4000;

/** Of a line with more points than are seen, the lowest and the highest of each short stretch. */
export function thinned(points: readonly EpochPoint[]): readonly EpochPoint[] {
  if (points.length <= mostPoints) return points;
  const stretch = Math.ceil((2 * points.length) / mostPoints);
  const kept: EpochPoint[] = [];
  for (let start = 0; start < points.length; start += stretch) {
    const own = points.slice(start, start + stretch);
    const low = own.reduce((a, b) => (b.value < a.value ? b : a));
    const high = own.reduce((a, b) => (b.value > a.value ? b : a));
    kept.push(...(low.epoch < high.epoch ? [low, high] : [high, low]));
  }
  return kept;
}

/** Of any number of values; `Math.max` takes only so many. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value));
}

interface LineEnd {
  readonly line: EpochSeries;
  readonly x: number;
  readonly y: number;
}

/** Names at the ends of the lines, moved apart, each connected to its line by a thin leader line. */
function endLabels(ends: readonly LineEnd[], { width, height, marginRight }: PlotSize): string {
  const groups = new Map<string, LineEnd[]>();
  for (const end of ends) {
    groups.set(end.line.label, [...(groups.get(end.line.label) ?? []), end]);
  }
  const labels = [...groups.values()];
  const wanted = labels.map((group) => group.reduce((sum, end) => sum + end.y, 0) / group.length);
  const positions = dodge(wanted, labelGap, [marginTop, height - marginBottom]);
  const left = width - marginRight;
  return labels
    .map((group, index) => {
      const { line } = group[0]!;
      const color = modelColor(line.model);
      const y = positions[index]!;
      const leaders = group.map((end) =>
        element("path", {
          d: `M${end.x + 7},${end.y}H${left + 8}L${left + 22},${y}H${left + 26}`,
          fill: "none",
          stroke: color,
          "stroke-width": 1,
          "stroke-opacity": 0.55,
          // Across the plot, behind a run that ended early, it must not look like a line of data.
          "stroke-dasharray": end.x < left - 1 ? "1 6" : line.published ? "3 2" : undefined,
        }),
      );
      const name = textElement(line.label, {
        x: left + 30,
        y: y + 4.5,
        "text-anchor": "start",
        "font-size": 13,
        "font-weight": line.published ? undefined : 650,
        fill: color,
      });
      return leaders.join("") + name;
    })
    .join("");
}

/** Lowest and highest value with a margin, on a logarithmic scale. */
function paddedDomain(values: readonly number[]): [number, number] {
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = largest(values);
  const air = Math.max(1.06, (high / low) ** 0.04);
  return [low / air, high * air];
}

/** Ticks at whole epochs: every epoch if there are few, otherwise round ones and the first and the last. */
export function epochTicks(lastEpoch: number, most = 15): number[] {
  if (lastEpoch <= most) return Array.from({ length: Math.max(1, lastEpoch) }, (_, i) => i + 1);
  const step = [2, 5, 10, 20, 25, 50, 100, 200, 500, 1000].find(
    (each) => lastEpoch / each <= most - 3,
  );
  const every = step ?? Math.ceil(lastEpoch / 10);
  const ticks = [1];
  for (let tick = every; tick < lastEpoch - every / 2; tick += every) ticks.push(tick);
  return [...ticks, lastEpoch];
}

/** More powers of ten than these, as a training that diverges has, do not all get ticks. */
const mostPowers = 8;

/** Every so many powers of ten. */
function powerTicks(low: number, high: number, step: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.ceil(Math.log10(low) / step) * step; power <= Math.log10(high); ) {
    ticks.push(Number(`1e${power}`));
    power += step;
  }
  return ticks;
}

/** Ticks of a logarithmic axis: 1, 2 and 5 times powers of ten; in a short range all digits times powers of ten. */
export function logTicks(low: number, high: number): number[] {
  const powers = Math.log10(high) - Math.log10(low);
  if (powers > mostPowers) return powerTicks(low, high, Math.ceil(powers / mostPowers));
  const digits = high / low > 8 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const digit of digits) {
      const tick = Number((digit * 10 ** power).toPrecision(2));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}
