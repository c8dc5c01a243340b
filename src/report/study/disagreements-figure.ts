import { className } from "../class-name.js";
import { element, type Figure, svgElement, textElement } from "../markup.js";
import type { ModelMarks } from "../model-marks.js";
import { modelColor } from "../palette.js";
import { pixelImage } from "../pixel-image.js";
import type { Disagreement, DisagreementsData } from "./disagreements-data.js";
import { shortened } from "./row-plot.js";

/** Names of models stand under each picture. */
const wide = { width: 960, perRow: 6, letters: 13 } as const;
const narrow = { width: 358, perRow: 2, letters: 18 } as const;
const gap = 18;
const lineHeight = 16;
const largestPicture = 116;

/** A gallery of test images on which models disagree, with how many seeds of each are right. */
export function disagreementsFigure(
  data: DisagreementsData,
  marks: ModelMarks,
  classNames?: readonly string[],
): Figure {
  const title = "Images on which models disagree";
  const { pictures, disputed, images } = data;
  return {
    name: "disagreements",
    title,
    caption: `Under each image: its class, what it is taken for most often where a run is wrong, and how many seeds of each model are right (by the weights that were best in validation). Shown are the ${images.length} with the largest difference between two models, of ${disputed} that models disagree on among the ${pictures} images whose pictures the runs keep: those that a run is surest about and gets wrong.`,
    svg: gallery(data, wide, title, classNames),
    narrow: { svg: gallery(data, narrow, title, classNames), legend: [] },
    marks,
  };
}

function gallery(
  data: DisagreementsData,
  { width, perRow, letters }: typeof wide | typeof narrow,
  title: string,
  classNames: readonly string[] | undefined,
): string {
  const { images, models } = data;
  const cell = (width - gap * (perRow - 1)) / perRow;
  const picture = Math.min(cell, largestPicture);
  const room = picture + 42 + models.length * lineHeight + 14;
  const cells = images.map((image, at) => {
    const [x, y] = [(at % perRow) * (cell + gap), Math.floor(at / perRow) * room];
    const content = cellMarkup(image, data, { cell, picture, letters, classNames });
    return element("g", { transform: `translate(${x},${y})` }, content);
  });
  const lines = Math.ceil(images.length / perRow);
  return svgElement({ width, height: lines * room - 14 }, title, cells.join(""));
}

function cellMarkup(
  { image, label, mistake, right, pixels }: Disagreement,
  { rows, columns, channels, models }: DisagreementsData,
  {
    cell,
    picture,
    letters,
    classNames,
  }: {
    readonly cell: number;
    readonly picture: number;
    readonly letters: number;
    readonly classNames: readonly string[] | undefined;
  },
): string {
  const scale = picture / Math.max(rows, columns);
  const box = {
    x: (picture - columns * scale) / 2,
    y: (picture - rows * scale) / 2,
    ...{ width: columns * scale, height: rows * scale },
  };
  const small = { "font-size": 11.5, fill: "var(--muted)" } as const;
  const answer = `${className(label, classNames)}, taken for ${className(mistake, classNames)}`;
  const counts = models.map(({ name, seeds }, at) => {
    const y = picture + 46 + at * lineHeight;
    const isMostlyRight = 2 * right[at]! >= seeds;
    return (
      element("circle", { cx: 4.5, cy: y - 4, r: 4, fill: modelColor(name) }) +
      textElement(shortened(name, letters), { x: 14, y, "font-size": 12 }) +
      textElement(`${right[at]!}/${seeds}`, {
        ...{ x: Math.min(cell, picture + 22), y, "text-anchor": "end", "font-size": 12 },
        ...{ "font-weight": 650, fill: isMostlyRight ? "var(--ink)" : "var(--wrong)" },
      })
    );
  });
  return (
    element("rect", { width: picture, height: picture, rx: 4, fill: "var(--panel)" }) +
    pixelImage({ rows, columns, channels, bytes: pixels }, box, `test image ${image}`) +
    textElement(answer, { y: picture + 16, "font-size": 12.5 }) +
    textElement(`image ${image}`, { ...small, y: picture + 30 }) +
    counts.join("")
  );
}
