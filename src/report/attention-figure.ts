import type { AttentionView, ImageView, Views } from "../inspect/view-types.js";
import { percent } from "../numbers.js";
import type { Run } from "../runs/run-folder.node.js";
import { element, type Figure, short, svgElement, textElement } from "./markup.js";
import { type Box, pixelImage } from "./pixel-image.js";

const width = 960;
const picture = 132;
const cellGap = 16;
const left = 12;
const headings = 46;

const mostImagesOverPlaces = 4;
const mostImagesOverBatch = 2;

const barsLeft = left + picture + 76;
const barsWidth = width - barsLeft - 12;
const barsHeight = 64;
const barRow = 92;

const framedPlace =
  "The framed place is where the squared activations of the block's input map, summed over its channels, are largest.";

/**
 * Where a chosen place of a test image attends, per block and head: as a map over the image, or as
 * weights of the batch's other images where the model attends across the batch.
 *
 * @returns undefined where the run's views hold no attention.
 */
export function attentionFigure(run: Run): Figure | undefined {
  const { views, record } = run;
  const images = views?.images.filter((image) => (image.attention?.length ?? 0) > 0) ?? [];
  if (!views || images.length === 0) return undefined;
  const overBatch = images[0]!.attention!.some((view) => view.over === "batch");
  const title = overBatch
    ? `Which images of the batch ${record.model} attends to`
    : `Where ${record.model} attends`;
  const drawing = overBatch ? batchDrawing(views, images) : placesDrawing(views, images);
  return {
    name: `attention-${record.model}`,
    title,
    caption: overBatch
      ? `The framed place of the image at the left, and how much that place of each of the ${views.images.length} images evaluated together counts for it; the image's own bar is coloured, the dashed line is the even share. Every weight on another image is a part of the prediction that comes from an image that should not matter: in another batch the same image can get another prediction. ${framedPlace}`
      : `The framed place attends to the places in orange, the stronger the more; the strongest place of each map is at full strength. Maps are stretched over the image at the block's own resolution. Under each map: the greatest weight, and in brackets how many times the even share of one place that is. ${framedPlace}`,
    svg: svgElement(drawing.size, title, drawing.content),
  };
}

interface Drawing {
  readonly size: { readonly width: number; readonly height: number };
  readonly content: string;
}

function placesDrawing(views: Views, images: readonly ImageView[]): Drawing {
  const shown = images.slice(0, mostImagesOverPlaces);
  const cells = Math.max(
    ...shown.map((image) => image.attention!.reduce((sum, view) => sum + view.weights.length, 0)),
  );
  const perRow = Math.max(1, Math.floor((width - left) / (picture + cellGap)) - 1);
  const lines = Math.ceil(cells / perRow);
  const rowHeight = lines * (picture + 38) + 12;
  const content = shown.map((image, index) => {
    const y = headings - 16 + index * rowHeight;
    const maps = image.attention!.flatMap((view) =>
      view.weights.map((_, head) => ({ view, head })),
    );
    const drawn = maps.map(({ view, head }, cell) => {
      const x = left + (1 + (cell % perRow)) * (picture + cellGap);
      const box = imageBox(views, x, y + Math.floor(cell / perRow) * (picture + 38));
      const name = index === 0 && cell < perRow ? headingText(view, head, box.x) : "";
      return name + heatMap(views, image, view, head, box);
    });
    const box = imageBox(views, left, y);
    return grayImage(views, image, box) + imageCaption(image, box) + drawn.join("");
  });
  const columns = 1 + Math.min(perRow, cells);
  const size = {
    width: left * 2 + columns * (picture + cellGap) - cellGap,
    height: headings - 16 + shown.length * rowHeight,
  };
  return { size, content: content.join("") };
}

function headingText(view: AttentionView, head: number, x: number): string {
  return textElement(`${view.block} head ${head + 1}, ${view.rows}×${view.columns}`, {
    x,
    y: 20,
    "font-size": 11.5,
    "font-weight": 650,
  });
}

/** The image, darkened, under the weights and the frame of the chosen place. */
function heatMap(
  views: Views,
  image: ImageView,
  view: AttentionView,
  head: number,
  box: Box,
): string {
  const weights = view.weights[head]!;
  const greatest = Math.max(...weights);
  const bytes = new Uint8Array(weights.length * 4);
  weights.forEach((weight, place) => {
    const strength = greatest > 0 ? weight / greatest : 0;
    bytes.set([255, 140, 0, Math.round(strength * 225)], place * 4);
  });
  const map = { rows: view.rows, columns: view.columns, channels: 4, bytes };
  const times = greatest * weights.length;
  return (
    grayImage(views, image, box) +
    element("rect", { ...box, fill: "#000000", "fill-opacity": 0.35 }) +
    pixelImage(map, box, `attention of ${view.block}, head ${head + 1}`) +
    placeFrame(view, box) +
    textElement(`max ${percent(greatest, 1)} % (${short(Math.round(times * 10) / 10)}×)`, {
      x: box.x,
      y: box.y + box.height + 17,
      "font-size": 11.5,
      fill: "var(--muted)",
    })
  );
}

function batchDrawing(views: Views, images: readonly ImageView[]): Drawing {
  const shown = images.slice(0, mostImagesOverBatch);
  const parts: string[] = [];
  let y = 12;
  for (const image of shown) {
    const box = imageBox(views, left, y + 8);
    const first = image.attention![0]!;
    parts.push(grayImage(views, image, box), placeFrame(first, box), imageCaption(image, box));
    let row = y;
    for (const view of image.attention!) {
      view.weights.forEach((weights, head) => {
        parts.push(weightBars(views, image, view, head, weights, row));
        row += barRow;
      });
    }
    parts.push(thumbnails(views, row - 4));
    const step = barsWidth / views.images.length;
    y = Math.max(row + Math.min(36, step) + 30, y + picture + 60);
  }
  return { size: { width, height: y - 12 }, content: parts.join("") };
}

/** A bar an image of the batch, with a line at the even share. */
function weightBars(
  views: Views,
  image: ImageView,
  view: AttentionView,
  head: number,
  weights: readonly number[],
  y: number,
): string {
  const step = barsWidth / weights.length;
  const greatest = Math.max(...weights, 2 / weights.length);
  const bottom = y + 20 + barsHeight;
  const scale = (weight: number) => (weight / greatest) * (barsHeight - 6);
  const bars = weights.map((weight, index) => {
    const own = views.images[index]?.index === image.index;
    return element("rect", {
      x: barsLeft + index * step + step * 0.12,
      y: bottom - scale(weight),
      width: step * 0.76,
      height: scale(weight),
      fill: own ? "var(--model-mha-batch)" : "var(--muted)",
      "fill-opacity": own ? 1 : 0.55,
    });
  });
  const even = bottom - scale(1 / weights.length);
  const ownPosition = views.images.findIndex((other) => other.index === image.index);
  const others = 1 - (weights[ownPosition] ?? 0);
  const place = `row ${Math.floor(view.place / view.columns)}, column ${view.place % view.columns} of ${view.rows}×${view.columns}`;
  return (
    bars.join("") +
    element("path", {
      d: `M${barsLeft},${bottom}H${barsLeft + barsWidth}`,
      stroke: "var(--rule)",
    }) +
    element("path", {
      d: `M${barsLeft},${even}H${barsLeft + barsWidth}`,
      stroke: "var(--ink)",
      "stroke-opacity": 0.6,
      "stroke-dasharray": "3 3",
    }) +
    textElement(`${percent(1 / weights.length, 1)} %`, {
      x: barsLeft - 6,
      y: even + 4,
      "font-size": 11,
      "text-anchor": "end",
      fill: "var(--muted)",
    }) +
    textElement(`${view.block} · head ${head + 1}`, {
      x: barsLeft,
      y: y + 12,
      "font-size": 12,
      "font-weight": 650,
    }) +
    textElement(`${place}; ${percent(others, 1)} % of the weight on other images`, {
      x: barsLeft + 96,
      y: y + 12,
      "font-size": 12,
      fill: "var(--muted)",
    })
  );
}

/** The batch's images under their bars. */
function thumbnails(views: Views, y: number): string {
  const step = barsWidth / views.images.length;
  const size = Math.min(36, step * 0.92);
  return views.images
    .map((image, index) => {
      const scale = size / Math.max(views.rows, views.columns);
      const box = {
        x: barsLeft + (index + 0.5) * step - (views.columns * scale) / 2,
        y,
        width: views.columns * scale,
        height: views.rows * scale,
      };
      return grayImage(views, image, box);
    })
    .join("");
}

function imageBox(views: Views, x: number, y: number): Box {
  const scale = picture / Math.max(views.rows, views.columns);
  return { x, y, width: views.columns * scale, height: views.rows * scale };
}

function grayImage({ channels, rows, columns }: Views, image: ImageView, box: Box): string {
  const pixels = { channels, rows, columns, bytes: image.pixels };
  return pixelImage(pixels, box, `test image ${image.index}`);
}

/** Frame around the chosen place, at the resolution of the block's map. */
function placeFrame(view: AttentionView, box: Box): string {
  const cellWidth = box.width / view.columns;
  const cellHeight = box.height / view.rows;
  const frame = {
    x: box.x + (view.place % view.columns) * cellWidth,
    y: box.y + Math.floor(view.place / view.columns) * cellHeight,
    width: cellWidth,
    height: cellHeight,
    fill: "none",
  };
  return (
    element("rect", { ...frame, stroke: "#000000", "stroke-width": 4 }) +
    element("rect", { ...frame, stroke: "#57c7ff", "stroke-width": 2 })
  );
}

function imageCaption(image: ImageView, box: Box): string {
  const wrong = image.label !== image.prediction;
  return textElement(
    `image ${image.index}: ${image.label} → ${image.prediction}, ${percent(image.probability, 1)} %`,
    {
      x: box.x,
      y: box.y + box.height + 17,
      "font-size": 11.5,
      "font-weight": wrong ? 700 : undefined,
      fill: wrong ? "var(--wrong)" : "var(--ink)",
    },
  );
}
