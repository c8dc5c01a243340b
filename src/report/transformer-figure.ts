import type { Views } from "../inspect/view-types.js";
import { element, type Figure, short, svgElement, textElement } from "./markup.js";
import { pixelImage } from "./pixel-image.js";
import { type WarpedImage, type WarpStripData, warpStripData } from "./transformer-data.js";

const picture = 112;
/** Margin around each image in its panel, pixels. What reaches beyond the panel is clipped and marked. */
const border = 34;
const panel = picture + 2 * border;
const cellGap = 6;
const widest = 1000;
const top = 8;
const left = 64;
const pictureGap = 8;
const lineHeight = 15;
const yellow = "#ffb000";

type Point = readonly [x: number, y: number];

/**
 * Test images before and after the spatial transformer, with the sampled quadrilateral on the input and a
 * description of the warp in words.
 *
 * @returns undefined where the run's views hold no transformer.
 */
export function transformerFigure(run: {
  readonly record: {
    readonly model: string;
    readonly data: { readonly classNames?: readonly string[] | undefined };
  };
  readonly views?: Views;
}): Figure | undefined {
  const { model, data: images } = run.record;
  const data = warpStripData(model, run.views, images.classNames);
  return data && drawWarpStrip(data);
}

/** Draws the transformer figure. */
function drawWarpStrip(data: WarpStripData): Figure {
  const { model, images } = data;
  const cellWidth = panel + cellGap;
  const mostWords = Math.max(...images.map(({ words }) => words.length));
  const rowHeight = panel + pictureGap + picture + (mostWords + 2) * lineHeight + 26;
  const fitting = Math.max(1, Math.floor((widest - left) / cellWidth));
  const rows = Math.ceil(images.length / fitting);
  const perRow = Math.ceil(images.length / rows);
  const title = `What the transformer of ${model} does with test images`;
  const content = images.map((image, index) => {
    const x = left + (index % perRow) * cellWidth;
    const y = top + Math.floor(index / perRow) * rowHeight;
    return element(
      "g",
      { transform: `translate(${x},${y})` },
      cell(data, image) + (index % perRow === 0 ? rowNames() : ""),
    );
  });
  return {
    name: `transformer-${model}`,
    title,
    caption: captionOf(data),
    svg: svgElement(
      { width: left + perRow * cellWidth, height: top + rows * rowHeight },
      title,
      content.join(""),
    ),
  };
}

function captionOf(data: WarpStripData): string {
  const clipped = data.images.some((image) => cornersInPanel(data, image).some(isOutside));
  return [
    "Above: the input, with the quadrilateral that the network samples; its thick edge is the top of the output.",
    ...(clipped
      ? [
          "A quadrilateral that reaches beyond its panel is clipped; triangles at the edge point to its corners.",
        ]
      : []),
    "Below: the transformer's output, which the classifier sees. It shows the content of the quadrilateral, always at the same size: a larger quadrilateral shrinks the image, a smaller one enlarges it, and one that is turned clockwise turns the image anticlockwise.",
    "In words: how the image changes from above to below. Scale is width × height (one number where they are equal), shift is in pixels of the output.",
    "Points outside the image are sampled as zero. After normalisation zero is the mean grey level of the training images, which is lighter than a black background; so areas outside the image appear grey.",
    "Under each: label → prediction and its probability, red where they differ.",
  ].join(" ");
}

function rowNames(): string {
  const common = { x: -8, "text-anchor": "end", "font-size": 12, fill: "var(--muted)" } as const;
  return (
    textElement("before", { ...common, y: panel / 2 + 4 }) +
    textElement("after", { ...common, y: panel + pictureGap + picture / 2 + 4 })
  );
}

function cell(data: WarpStripData, image: WarpedImage): string {
  const { channels, rows, columns } = data;
  const { size, x, y } = imageIn(data);
  const box = { x, width: columns * size, height: rows * size };
  const before = pixelImage(
    { rows, columns, channels, bytes: image.pixels },
    { ...box, y },
    `test image ${image.index} before`,
  );
  const after = pixelImage(
    { rows, columns, channels, bytes: image.warped },
    { ...box, y: panel + pictureGap + y - border },
    `test image ${image.index} after`,
  );
  const corners = cornersInPanel(data, image);
  const frame = element(
    "svg",
    { width: panel, height: panel, overflow: "hidden" },
    [
      element("rect", { width: panel, height: panel, rx: 4, fill: "var(--panel)" }),
      before,
      corners.length > 0 ? quadrilateral(corners) : "",
      ...corners.filter(isOutside).map(cornerMark),
    ].join(""),
  );
  return frame + after + words(image, panel + pictureGap + picture + 18);
}

/** Prediction, effect of theta and index of the image, one line each. */
function words(image: WarpedImage, top: number): string {
  const wrong = image.label >= 0 && image.label !== image.prediction;
  const prediction = textElement(image.answer, {
    x: panel / 2,
    y: top,
    "text-anchor": "middle",
    "font-size": 12.5,
    "font-weight": wrong ? 700 : undefined,
    fill: wrong ? "var(--wrong)" : "var(--ink)",
  });
  const lines = [...image.words, image.about].map((text, line) =>
    textElement(text, {
      x: panel / 2,
      y: top + (line + 1) * lineHeight + 1,
      "text-anchor": "middle",
      "font-size": 11.5,
      fill: line < image.words.length ? "var(--ink)" : "var(--muted)",
    }),
  );
  return prediction + lines.join("");
}

/** Position of the image in its panel, and the size of a pixel. */
function imageIn({ rows, columns }: WarpStripData): { size: number; x: number; y: number } {
  const size = picture / Math.max(rows, columns);
  return { size, x: (panel - columns * size) / 2, y: (panel - rows * size) / 2 };
}

function cornersInPanel(data: WarpStripData, image: WarpedImage): Point[] {
  const { size, x, y } = imageIn(data);
  // Whole numbers are pixel centres, so the image begins half a pixel before 0.
  return image.corners.map(([column, row]) => [x + (column + 0.5) * size, y + (row + 0.5) * size]);
}

function isOutside([x, y]: Point): boolean {
  return x < 0 || x > panel || y < 0 || y > panel;
}

/** A triangle at the panel's edge that points to a corner outside. */
function cornerMark([x, y]: Point): string {
  const inset = 9;
  const within = (value: number) => Math.min(panel - inset, Math.max(inset, value));
  const angle = (Math.atan2(y - within(y), x - within(x)) * 180) / Math.PI;
  return element("path", {
    d: "M7,0L-4,-5.5L-4,5.5Z",
    transform: `translate(${short(within(x))},${short(within(y))}) rotate(${short(angle)})`,
    fill: yellow,
    stroke: "#000000",
    "stroke-opacity": 0.55,
    "stroke-width": 0.8,
  });
}

/** The outline, bright with a dark border, so that it is visible on black and on white. */
function quadrilateral(corners: readonly Point[]): string {
  const points = corners.map(([x, y]) => `${short(x)},${short(y)}`);
  const outline = points.join(" ");
  const topEdge = `M${points[0]}L${points[1]}`;
  return (
    element("polygon", {
      points: outline,
      fill: "none",
      stroke: "#000000",
      "stroke-opacity": 0.55,
      "stroke-width": 3.2,
      "stroke-linejoin": "round",
    }) +
    element("polygon", {
      points: outline,
      fill: "none",
      stroke: yellow,
      "stroke-width": 1.6,
      "stroke-linejoin": "round",
    }) +
    element("path", { d: topEdge, stroke: yellow, "stroke-width": 4, "stroke-linecap": "round" })
  );
}
