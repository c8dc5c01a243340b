import type { ImageView, Views } from "../inspect/view-types.js";
import { percent } from "../numbers.js";
import type { Run } from "../runs/run-folder.node.js";
import { element, type Figure, short, svgElement, textElement } from "./markup.js";
import { pixelImage } from "./pixel-image.js";
import { sampledQuadrilateral } from "./quadrilateral.js";

const mostImages = 12;
const picture = 92;
/** Room around the image for quadrilaterals that reach beyond it. */
const leastBorder = 28;
const mostBorder = 120;
/** Half the thickest line of a quadrilateral, and air. */
const lineRoom = 5;
const cellGap = 8;
const widest = 1000;
const top = 14;
const left = 64;

/**
 * Test images before and after the spatial transformer, the sampled quadrilateral drawn on the one
 * before.
 *
 * @returns undefined where the run's views hold no transformer.
 */
export function transformerFigure(run: Run): Figure | undefined {
  const { views, record } = run;
  const images = views?.images.filter((image) => image.theta && image.warped) ?? [];
  if (!views || images.length === 0) return undefined;
  const shown = images.slice(0, mostImages);
  const wanted = Math.max(...shown.map((image) => reach(views, image))) + lineRoom;
  const border = Math.min(mostBorder, Math.max(leastBorder, Math.ceil(wanted)));
  const tile = picture + 2 * border;
  const cellWidth = tile + cellGap;
  const rowHeight = tile + picture + 62;
  const fitting = Math.max(1, Math.floor((widest - left) / cellWidth));
  const rows = Math.ceil(shown.length / fitting);
  const perRow = Math.ceil(shown.length / rows);
  const width = left + perRow * cellWidth;
  const title = `What the transformer of ${record.model} does with test images`;
  const content = shown.map((image, index) => {
    const x = left + (index % perRow) * cellWidth;
    const y = top + Math.floor(index / perRow) * rowHeight;
    return element(
      "g",
      { transform: `translate(${x},${y})` },
      cell(views, image, tile) + (index % perRow === 0 ? rowNames(tile) : ""),
    );
  });
  return {
    name: `transformer-${record.model}`,
    title,
    caption: `Above: the input, with the quadrilateral that the network chose to sample; its thick edge is the top of the output.${wanted > mostBorder ? " The largest quadrilaterals are cut at the edge of their panel." : ""} Below: the transformer's output, which the classifier sees. Parts outside the image are sampled as zeros; after normalisation zero is the mean grey level of the training images, lighter than a black background, so that tilted edges show in grey. Under each: label → prediction and its probability, red where they differ.`,
    svg: svgElement({ width, height: top + rows * rowHeight }, title, content.join("")),
  };
}

/** How far the quadrilateral of an image reaches beyond the square that holds the image. */
function reach({ rows, columns }: Views, image: ImageView): number {
  const largest = Math.max(rows, columns);
  const corners = sampledQuadrilateral(image.theta!, rows, columns);
  const halves = corners.flatMap(([column, row]) => [
    Math.abs(column + 0.5 - columns / 2),
    Math.abs(row + 0.5 - rows / 2),
  ]);
  return (Math.max(...halves) / largest - 0.5) * picture;
}

function rowNames(tile: number): string {
  const common = { x: -8, "text-anchor": "end", "font-size": 12, fill: "var(--muted)" } as const;
  return (
    textElement("before", { ...common, y: tile / 2 + 4 }) +
    textElement("after", { ...common, y: tile + 8 + picture / 2 + 4 })
  );
}

function cell(views: Views, image: ImageView, tile: number): string {
  const { channels, rows, columns } = views;
  const size = picture / Math.max(rows, columns);
  const width = columns * size;
  const height = rows * size;
  const x = (tile - width) / 2;
  const y = (tile - height) / 2;
  const before = pixelImage(
    { rows, columns, channels, bytes: image.pixels },
    { x, y, width, height },
    `test image ${image.index} before`,
  );
  const after = pixelImage(
    { rows, columns, channels, bytes: image.warped! },
    { x, y: tile + 8, width, height },
    `test image ${image.index} after`,
  );
  const corners = sampledQuadrilateral(image.theta!, rows, columns).map(
    // Whole numbers are the middles of pixels, so half a pixel lies before the first.
    ([column, row]) => [x + (column + 0.5) * size, y + (row + 0.5) * size] as const,
  );
  const frame = element(
    "svg",
    { width: tile, height: tile, overflow: "hidden" },
    [
      element("rect", { width: tile, height: tile, rx: 4, fill: "var(--panel)" }),
      before,
      quadrilateral(corners),
    ].join(""),
  );
  const wrong = image.label !== image.prediction;
  const caption = textElement(
    `${image.label} → ${image.prediction} · ${percent(image.probability, 1)} %`,
    {
      x: tile / 2,
      y: tile + picture + 26,
      "text-anchor": "middle",
      "font-size": 12.5,
      "font-weight": wrong ? 700 : undefined,
      fill: wrong ? "var(--wrong)" : "var(--ink)",
    },
  );
  const number = textElement(`image ${image.index}`, {
    x: tile / 2,
    y: tile + picture + 42,
    "text-anchor": "middle",
    "font-size": 11,
    fill: "var(--muted)",
  });
  return frame + after + caption + number;
}

/** The outline with a dark edge under a bright one, so that it shows on black and on white. */
function quadrilateral(corners: readonly (readonly [number, number])[]): string {
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
      stroke: "#ffb000",
      "stroke-width": 1.6,
      "stroke-linejoin": "round",
    }) +
    element("path", { d: topEdge, stroke: "#ffb000", "stroke-width": 4, "stroke-linecap": "round" })
  );
}
