import { percent, thousands } from "../numbers.js";
import type { Confusion } from "../stats/confusion.js";
import { className } from "./class-name.js";
import { element, type Figure, svgElement, textElement } from "./markup.js";

const wideWidth = 960;
const narrowWidth = 358;
/** Cells of a matrix on a wide page are at most this large. */
const largestCell = 52;
/** The smallest cell that a number fits in. */
const numberedCell = 30;
/** The smallest cell that a label stands beside. */
const labelledCell = 8;
/** With more classes, cells are too small for numbers. */
const mostNumbered = 28;
/** A number with a decimal fits in such a cell. */
const decimalCell = 40;
/** Longer names are cut. */
const longestName = 16;
/** Beyond so many classes a phone shows the wide picture, which scrolls. */
const mostNarrow = 12;

/** What a confusion figure shows. */
export interface ConfusionFigureData {
  readonly model: string;
  readonly confusion: Confusion;
  readonly classNames: readonly string[] | undefined;
}

/**
 * The confusion matrix: a row per class, a column per prediction, each row as shares of its images. The diagonal is what
 * is right.
 */
export function confusionFigure(data: ConfusionFigureData): Figure {
  const { model, confusion } = data;
  const title = `What ${model} takes each class for`;
  const narrow = confusion.classes <= mostNarrow;
  return {
    name: `confusion-${model}`,
    title,
    caption: captionOf(confusion),
    svg: drawing(data, wideWidth, title),
    ...(narrow && { narrow: { svg: drawing(data, narrowWidth, title), legend: [] } }),
  };
}

function captionOf({ classes, without }: Confusion): string {
  const missing = without.reduce((sum, count) => sum + count, 0);
  return [
    "Rows are the classes of the test images, columns what they are taken for; each row sums to 100 %. Blue: right. Red: mistaken, stronger where it happens more often (the strength grows with the square root of the share, so that rare mistakes are seen). Empty: never.",
    ...(classes > mostNumbered ? [] : ["Numbers are shares of a row in percent."]),
    ...(missing > 0
      ? [`${thousands(missing)} images have no prediction, as their result is NaN.`]
      : []),
  ].join(" ");
}

function drawing({ confusion, classNames }: ConfusionFigureData, width: number, title: string) {
  const { classes } = confusion;
  const isNarrow = width === narrowWidth;
  const names = Array.from({ length: classes }, (_, index) =>
    className(index, classNames, longestName),
  );
  const fontOf = (cell: number) => Math.min(13, Math.max(7.5, cell * 0.85));
  const longest = Math.max(...names.map((name) => name.length));
  const widest = longest * 7.4 + 22;
  const cell = Math.min(largestCell, (width - widest - 4) / classes);
  const font = fontOf(cell);
  const left = Math.ceil(longest * font * 0.6) + 26;
  const slanted = longest * font * 0.62 > cell - 3;
  const top = slanted ? Math.ceil(longest * font * 0.6) + 30 : 44;
  const size = cell * classes;
  const cells: string[] = [];
  for (let label = 0; label < classes; label++) {
    for (let predicted = 0; predicted < classes; predicted++) {
      cells.push(cellMarkup(confusion, label, predicted, { left, top, cell, isNarrow }));
    }
  }
  const every = Math.ceil(labelledCell / cell);
  const labels = names.flatMap((name, index) => {
    if (index % every !== 0) return [];
    const middle = (index + 0.5) * cell;
    const x = left + middle;
    return [
      textElement(name, {
        x: left - 7,
        y: top + middle + font * 0.35,
        "font-size": font,
        "text-anchor": "end",
      }),
      textElement(name, {
        x: slanted ? x + font * 0.35 : x,
        y: top - 8,
        "font-size": font,
        ...(slanted
          ? { transform: `rotate(-90 ${x + font * 0.35} ${top - 8})` }
          : { "text-anchor": "middle" }),
      }),
    ];
  });
  const axis = { "font-size": 12, fill: "var(--muted)" } as const;
  const axes = [
    textElement("taken for", { x: left + size / 2, y: 13, "text-anchor": "middle", ...axis }),
    textElement("class", {
      x: 12,
      y: top + size / 2,
      "text-anchor": "middle",
      transform: `rotate(-90 12 ${top + size / 2})`,
      ...axis,
    }),
  ];
  const frame = element("rect", {
    ...{ x: left, y: top, width: size, height: size, fill: "var(--panel)" },
  });
  return svgElement(
    { width: Math.ceil(left + size + 4), height: Math.ceil(top + size + 4) },
    title,
    frame + cells.join("") + labels.join("") + axes.join(""),
  );
}

interface Grid {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
  readonly isNarrow: boolean;
}

function cellMarkup(
  { classes, counts, without }: Confusion,
  label: number,
  predicted: number,
  { left, top, cell, isNarrow }: Grid,
): string {
  const count = counts[label * classes + predicted]!;
  if (count === 0) return "";
  const row = counts.subarray(label * classes, (label + 1) * classes);
  const share = count / row.reduce((sum, each) => sum + each, without[label]!);
  const isRight = label === predicted;
  const opacity = isRight ? 0.25 + 0.75 * share : Math.min(1, 0.12 + 0.88 * Math.sqrt(share));
  const gap = cell > 16 ? 1 : cell > 8 ? 0.5 : 0;
  const x = left + predicted * cell;
  const y = top + label * cell;
  const square = element("rect", {
    ...{ x: x + gap, y: y + gap, width: cell - 2 * gap, height: cell - 2 * gap },
    rx: cell > 16 ? 3 : undefined,
    fill: isRight ? "var(--series-first)" : "var(--wrong)",
    "fill-opacity": opacity,
  });
  if (cell < (isNarrow ? 20 : numberedCell)) return square;
  const isSmall = cell < decimalCell;
  const text = textElement(shareText(share, isSmall), {
    x: x + cell / 2,
    y: y + cell / 2 + (isSmall ? 3.6 : 4.4),
    "font-size": isNarrow ? 9.5 : isSmall ? 11 : 12.5,
    "text-anchor": "middle",
    fill: opacity > 0.72 ? "var(--page)" : "var(--ink)",
    "font-weight": isRight ? 650 : undefined,
  });
  return square + text;
}

/** `98.7`; below a tenth of a percent `<0.1`; in small cells whole numbers. */
function shareText(share: number, isSmall: boolean): string {
  if (isSmall) return share < 0.005 ? "<1" : percent(share, 0);
  if (share < 0.0005) return "<0.1";
  return share === 1 ? "100" : percent(share, 1);
}
