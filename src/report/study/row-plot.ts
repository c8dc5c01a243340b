import * as Plot from "@observablehq/plot";
import { element, fontStack, textElement } from "../markup.js";
import { plotDocument, plotMarkup } from "../plot-markup.js";
import { wrapped } from "../wrapped.js";
import { type Domain, within } from "./shown-domain.js";

/** A row of a plot: its name at the left, its figures at the right. */
export interface PlotRow {
  readonly name: string;
  /** The second half of a name of two, as `− cnn`: on a line of its own where both are too long for one. */
  readonly besides?: string;
  /** A CSS colour of the name. */
  readonly color: string;
  /** Its figures. */
  readonly note: string;
  /** What is to be known besides, under the figures. */
  readonly remark: string;
  /** Whether the remark is a warning. */
  readonly isFaulty?: boolean;
}

/** Pixels of a plot with rows. */
export interface RowSize {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly rowHeight: number;
  readonly ticks: number;
  /** Names and figures stand above their rows, as there is no room beside them. */
  readonly isNarrow: boolean;
}

export const wideRows: RowSize = {
  ...{ width: 960, left: 240, right: 226, rowHeight: 46, ticks: 7, isNarrow: false },
};
/** For phones: narrow, so that its text is not scaled down. */
export const narrowRows: RowSize = {
  ...{ width: 360, left: 12, right: 12, rowHeight: 96, ticks: 4, isNarrow: true },
};

const top = 26;
const bottom = 46;
const mostLetters = { wide: 25, narrow: 36, remark: 34 };
/** Pixels from one line of text to the next. */
const lineHeight = 15;

const halo = { "paint-order": "stroke", stroke: "var(--page)", "stroke-width": 4 } as const;

/** Positions in pixels. */
export interface RowScales {
  readonly x: (value: number) => number;
  /** Of the middle of a row's drawing. */
  readonly y: (row: number) => number;
  /** Ends of the axis. */
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly bottom: number;
}

export interface RowPlot {
  readonly rows: readonly PlotRow[];
  readonly domain: Domain;
  /** Text below the axis. */
  readonly axis: string;
  /** For screen readers. */
  readonly label: string;
  /** Pixels at the axis' left for what lies below the domain. */
  readonly gutter?: number;
  /** Marks of Plot; `y` is the index of a row, and a row is 1 high. */
  readonly marks: (size: RowSize) => Plot.Markish[];
  /** Markup that is drawn over it. */
  readonly over?: (scales: RowScales, size: RowSize) => string;
}

/** Draws rows over a common axis. */
export function rowPlot(plot: RowPlot, size: RowSize): string {
  const { rows, domain, axis, label, gutter = 0, marks, over } = plot;
  const { width, left, right, rowHeight, ticks, isNarrow } = size;
  const height = top + rows.length * rowHeight + bottom;
  // Names above a row need the upper part of it.
  const shift = isNarrow ? 0.24 : 0;
  const drawn = Plot.plot({
    document: plotDocument(),
    ...{ width, height, marginTop: top, marginBottom: bottom },
    ...{ marginLeft: left + gutter, marginRight: right },
    style: { fontFamily: fontStack, fontSize: "13px", background: "none" },
    x: { domain: [...domain] },
    // The first row is at the top.
    y: { domain: [rows.length - 0.5 - shift, -0.5 - shift], axis: null },
    marks: [
      Plot.gridX({ ticks, stroke: "var(--rule)", strokeOpacity: 1 }),
      Plot.axisX({ ticks, label: null, color: "var(--muted)", tickSize: 0 }),
      ...marks(size),
    ],
  });
  const [xScale, yScale] = [drawn.scale("x")!, drawn.scale("y")!];
  const scales: RowScales = {
    x: (value) => xScale.apply(within(value, domain)) as number,
    y: (row) => yScale.apply(row) as number,
    ...{ from: left + gutter, to: width - right, top, bottom: height - bottom },
  };
  const words = rows.map((row, at) => rowText(row, scales.y(at), size));
  const axisText = textElement(axis, {
    x: (left + gutter + width - right) / 2,
    y: height - 8,
    "font-size": 13,
    "text-anchor": "middle",
    fill: "var(--muted)",
  });
  return plotMarkup(drawn, label, words.join("") + axisText + (over?.(scales, size) ?? ""));
}

function rowText(row: PlotRow, y: number, size: RowSize): string {
  return size.isNarrow ? textAbove(row, y, size) : textBeside(row, y, size);
}

/** Name, figures and remark above a row's drawing, a line each. */
function textAbove(row: PlotRow, y: number, { left }: RowSize): string {
  // Lines of the grid cross the words.
  const at = { x: left, "text-anchor": "start", ...halo } as const;
  return [
    nameText(row, [nameLine(row, mostLetters.narrow)], { ...at, y: y - 54 }),
    textElement(row.note, { ...at, ...noteStyle, y: y - 38 }),
    textElement(row.remark, { ...at, ...remarkStyle(row), y: y - 23 }),
  ].join("");
}

/** The name at the left of a row's drawing, figures and remark at the right, each in the middle of the row. */
function textBeside(row: PlotRow, y: number, { width, left, right }: RowSize): string {
  const { name, besides, note, remark } = row;
  const most = mostLetters.wide;
  const isLong = besides !== undefined && `${name} ${besides}`.length > most;
  const names = isLong ? [shortened(name, most), shortened(besides, most)] : [nameLine(row, most)];
  const remarks = remark === "" ? [] : wrapped(remark, mostLetters.remark);
  const at = { x: width - right + 16, "text-anchor": "start" } as const;
  const [first, ...rest] = linesAround(y, 1 + remarks.length);
  return [
    nameText(row, names, {
      x: left - 14,
      y: linesAround(y, names.length)[0]!,
      "text-anchor": "end",
    }),
    textElement(note, { ...noteStyle, ...at, y: first! }),
    ...remarks.map((line, index) =>
      textElement(line, { ...remarkStyle(row), ...at, y: rest[index]! }),
    ),
  ].join("");
}

/** Baselines of lines whose middle is at `y`. */
function linesAround(y: number, count: number): number[] {
  const first = y + 4.5 - ((count - 1) * lineHeight) / 2;
  return Array.from({ length: count }, (_, line) => first + line * lineHeight);
}

/** Both halves of a name in one line, each with its share of the letters. */
function nameLine({ name, besides }: PlotRow, most: number): string {
  if (besides === undefined) return shortened(name, most);
  const whole = `${name} ${besides}`;
  if (whole.length <= most) return whole;
  const half = Math.floor((most - 1) / 2);
  return `${shortened(name, half)} ${shortened(besides, half)}`;
}

const noteStyle = { "font-size": 13, fill: "var(--ink)" } as const;

function remarkStyle({ isFaulty }: PlotRow) {
  return { "font-size": 12, fill: isFaulty ? "var(--wrong)" : "var(--muted)" } as const;
}

/** The lines of a name, with the whole name for a pointer that rests on it. */
function nameText(
  { name, besides, color }: PlotRow,
  lines: readonly string[],
  at: Readonly<Record<string, string | number>>,
): string {
  const whole = besides === undefined ? name : `${name} ${besides}`;
  const spans = lines.map((line, index) =>
    index === 0 ? textOf(line) : element("tspan", { x: at.x!, dy: lineHeight }, textOf(line)),
  );
  return element(
    "text",
    { ...at, "font-size": 13.5, "font-weight": 650, fill: color },
    spans.join("") + element("title", {}, textOf(whole)),
  );
}

/** A name that is too long, without its middle: the ends of variants' names tell them apart. */
export function shortened(name: string, most: number): string {
  const letters = [...name];
  if (letters.length <= most) return name;
  const head = Math.ceil((most - 1) / 3);
  return `${letters.slice(0, head).join("")}…${letters.slice(head + 1 - most).join("")}`;
}

/** An arrow head at the end of the axis, where an interval goes on. */
export function goesOn(x: number, y: number, direction: -1 | 1, color: string): string {
  return element("path", {
    d: `M${x - direction * 6},${y - 5}L${x},${y}L${x - direction * 6},${y + 5}`,
    ...{ fill: "none", stroke: color, "stroke-width": 2 },
  });
}

function textOf(text: string): string {
  return textElement(text, {}).replace(/^<text>|<\/text>$/g, "");
}
