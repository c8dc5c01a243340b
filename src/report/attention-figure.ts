import type { Views } from "../inspect/view-types.js";
import { percent } from "../numbers.js";
import {
  type AttentionFigureData,
  type AttentionWeights,
  attentionData,
  type BatchAttentionData,
  type PositionAttentionData,
  type ShownImage,
} from "./attention-data.js";
import { legendMultiples, multipleColor, scalePosition, topMultiple } from "./attention-scale.js";
import { element, type Figure, svgElement, textElement } from "./markup.js";
import { modelColor, rampColor } from "./palette.js";
import { type Box, pixelImage } from "./pixel-image.js";
import { pixelOutline } from "./pixel-outline.js";

const width = 960;
const picture = 132;
const cellGap = 16;
/** Margin at the left: half the width of the thickest frame. */
const left = 2;
const textRoom = 42;

const legendWidth = 240;
const legendTop = 8;
/** Height of the legend and of the maps' names, above the first row. */
const headings = 84;

const barsLeft = left + picture + 92;
const barsWidth = width - barsLeft - 12;
const barsHeight = 64;
const barRow = 92;

const framedPosition =
  "The framed position is where the squared activations of the block's input map, summed over its channels, are largest.";

/**
 * The attention from a chosen position of a test image, per block and head: as a map over the image, or as
 * weights of the batch's images where the model attends across the batch.
 *
 * @returns undefined where the run's views hold no attention.
 */
export function attentionFigure(run: {
  readonly record: {
    readonly model: string;
    readonly data: { readonly classNames?: readonly string[] | undefined };
  };
  readonly views?: Views;
}): Figure | undefined {
  const { model, data: images } = run.record;
  const data = attentionData(model, run.views, images.classNames);
  return data && drawAttention(data);
}

/** Draws the attention of a model. */
function drawAttention(data: AttentionFigureData): Figure {
  const title =
    data.over === "batch"
      ? `Which images of the batch ${data.model} attends to`
      : `Where ${data.model} attends`;
  const drawing = data.over === "batch" ? batchDrawing(data) : positionsDrawing(data);
  return {
    name: `attention-${data.model}`,
    title,
    caption: data.over === "batch" ? batchCaption(data) : positionsCaption(data),
    svg: svgElement(drawing.size, title, drawing.content),
  };
}

interface Drawing {
  readonly size: { readonly width: number; readonly height: number };
  readonly content: string;
}

function positionsCaption({ images }: PositionAttentionData): string {
  const above = images.some(({ maps }) => maps.some((map) => greatest(map) > topMultiple));
  return [
    "How much the framed position attends to each position of the image.",
    "All maps of all figures have the same logarithmic colour scale: the weight as a multiple of the even share, ×1 = 1 / number of positions. Attention that does not choose is dark violet everywhere (×1). Positions with larger weights are brighter, ignored ones are black.",
    "A map has the resolution of its block and is stretched over the image, whose outline is drawn on it. Under each map: its largest weight. Under each image: label → prediction and its probability, red where they differ.",
    ...(above
      ? [`Above ×${topMultiple} the colour stays the same; the text under such a map says so.`]
      : []),
    framedPosition,
  ].join(" ");
}

function batchCaption({ batch }: BatchAttentionData): string {
  return [
    `How much the framed position of the image at the left attends to the same position in each of the ${batch.length} images of its batch. Each block has a frame of its own; its size is that of a position in the block's map. All bars have the same scale. The dashed line is the even share, ×1 = 1 / number of images; the image's own bar is coloured.`,
    "Weights on other images mean that the prediction depends on images that should not matter: in another batch the same image can get another prediction.",
    framedPosition,
  ].join(" ");
}

function positionsDrawing(data: PositionAttentionData): Drawing {
  const cells = Math.max(...data.images.map(({ maps }) => maps.length));
  const perRow = Math.max(1, Math.floor((width - left) / (picture + cellGap)) - 1);
  const lines = Math.ceil(cells / perRow);
  const rowHeight = lines * (picture + textRoom) + 12;
  const rows = data.images.map(({ image, maps }, index) => {
    const y = headings + index * rowHeight;
    const drawn = maps.map((map, cell) => {
      const x = left + (1 + (cell % perRow)) * (picture + cellGap);
      const box = imageBox(data, x, y + Math.floor(cell / perRow) * (picture + textRoom));
      const name = index === 0 && cell < perRow ? mapName(map, box.x) : "";
      return name + heatMap(data, image, map, box);
    });
    const box = imageBox(data, left, y);
    return grayImage(data, image, box) + imageCaption(image, box) + drawn.join("");
  });
  const columns = 1 + Math.min(perRow, cells);
  const size = {
    width: left * 2 + columns * (picture + cellGap) - cellGap,
    height: headings + data.images.length * rowHeight,
  };
  return { size, content: scaleLegend(left + picture + cellGap) + rows.join("") };
}

/** The colour scale with its multiples. */
function scaleLegend(x: number): string {
  const steps = 120;
  const colors = Array.from({ length: steps }, (_, step) => rampColor(step / (steps - 1)));
  const bar = { x, y: legendTop + 16, width: legendWidth, height: 12 };
  const bytes = colors.flatMap((color) => [...color]);
  const ticks = legendMultiples.map((multiple) => {
    const at = x + scalePosition(multiple) * legendWidth;
    return (
      element("path", { d: `M${at},${bar.y + bar.height}v4`, stroke: "var(--muted)" }) +
      textElement(multiple === 0 ? "0" : `×${multiple}`, {
        x: at,
        y: bar.y + bar.height + 16,
        "font-size": 11.5,
        "text-anchor": "middle",
        fill: "var(--muted)",
      })
    );
  });
  return (
    textElement("weight, in multiples of the even share", {
      x,
      y: legendTop + 8,
      "font-size": 12,
    }) +
    pixelImage({ rows: 1, columns: steps, channels: 3, bytes }, bar, "colour scale") +
    ticks.join("") +
    textElement("and more", {
      x: bar.x + bar.width + 18,
      y: bar.y + bar.height + 16,
      "font-size": 11.5,
      fill: "var(--muted)",
    })
  );
}

function mapName({ block, head, rows, columns }: AttentionWeights, x: number): string {
  return textElement(`${block} head ${head}, ${rows}×${columns}`, {
    x,
    y: headings - 10,
    "font-size": 11.5,
    "font-weight": 650,
  });
}

/** The weights in colour, with the image's outline and a frame around the query position. */
function heatMap(
  data: PositionAttentionData,
  image: ShownImage,
  weights: AttentionWeights,
  box: Box,
): string {
  const { block, head, rows, columns, multiples } = weights;
  const bytes = multiples.flatMap((multiple) => [...multipleColor(multiple)]);
  const most = greatest(weights);
  const lines = [`max ×${most.toFixed(1)}`, ...(most > topMultiple ? ["above the scale"] : [])];
  return (
    pixelImage({ rows, columns, channels: 3, bytes }, box, `attention of ${block}, head ${head}`) +
    (data.channels === 1 ? imageOutline(data, image, box) : "") +
    positionFrame(weights, box) +
    lines
      .map((text, line) =>
        textElement(text, {
          x: box.x,
          y: box.y + box.height + 17 + line * 15,
          "font-size": 11.5,
          fill: "var(--muted)",
        }),
      )
      .join("")
  );
}

function greatest({ multiples }: AttentionWeights): number {
  return Math.max(...multiples);
}

function imageOutline(data: PositionAttentionData, image: ShownImage, box: Box): string {
  const { rows, columns, channels } = data;
  const d = pixelOutline({ rows, columns, channels, bytes: image.pixels }, box);
  return (
    element("path", {
      d,
      fill: "none",
      stroke: "#000000",
      "stroke-opacity": 0.5,
      "stroke-width": 2.4,
    }) +
    element("path", {
      d,
      fill: "none",
      stroke: "#ffffff",
      "stroke-opacity": 0.85,
      "stroke-width": 0.9,
    })
  );
}

function batchDrawing(data: BatchAttentionData): Drawing {
  const parts: string[] = [];
  let y = 12;
  for (const { own, heads } of data.images) {
    const image = data.batch[own]!;
    const box = imageBox(data, left, y + 8);
    parts.push(
      grayImage(data, image, box),
      ...oneOfEachBlock(heads).map((weights) => positionFrame(weights, box)),
      imageCaption(image, box),
    );
    heads.forEach((weights, index) => {
      parts.push(weightBars(data, weights, own, y + index * barRow));
    });
    const end = y + heads.length * barRow;
    parts.push(thumbnails(data, end - 4));
    const step = barsWidth / data.batch.length;
    y = Math.max(end + Math.min(36, step) + 30, y + picture + 60);
  }
  return { size: { width, height: y - 12 }, content: parts.join("") };
}

function oneOfEachBlock(heads: readonly AttentionWeights[]): readonly AttentionWeights[] {
  return heads.filter(({ head }) => head === 1);
}

/** One bar per image of the batch, with a line at the even share; the whole figure has one scale. */
function weightBars(
  data: BatchAttentionData,
  weights: AttentionWeights,
  own: number,
  y: number,
): string {
  const { block, head, rows, columns, position, multiples } = weights;
  const count = multiples.length;
  const step = barsWidth / count;
  const top = Math.max(2, Math.ceil(data.most));
  const bottom = y + 20 + barsHeight;
  const heightOf = (multiple: number) => (multiple / top) * (barsHeight - 6);
  const bars = multiples.map((multiple, index) =>
    element("rect", {
      x: barsLeft + index * step + step * 0.12,
      y: bottom - heightOf(multiple),
      width: step * 0.76,
      height: heightOf(multiple),
      fill: index === own ? modelColor(data.model) : "var(--muted)",
      "fill-opacity": index === own ? 1 : 0.55,
    }),
  );
  const line = (multiple: number, dashed: boolean) =>
    element("path", {
      d: `M${barsLeft},${bottom - heightOf(multiple)}H${barsLeft + barsWidth}`,
      stroke: dashed ? "var(--ink)" : "var(--rule)",
      "stroke-opacity": dashed ? 0.6 : 1,
      "stroke-dasharray": dashed ? "3 3" : undefined,
    });
  const tick = (multiple: number) =>
    textElement(`×${multiple} · ${percent(multiple / count, 0)} %`, {
      x: barsLeft - 6,
      y: bottom - heightOf(multiple) + 4,
      "font-size": 11,
      "text-anchor": "end",
      fill: "var(--muted)",
    });
  const where = `row ${Math.floor(position / columns) + 1}, column ${(position % columns) + 1} of ${rows}×${columns}`;
  const others = 1 - multiples[own]! / count;
  return (
    line(top, false) +
    bars.join("") +
    line(0, false) +
    line(1, true) +
    tick(1) +
    tick(top) +
    textElement(`${block} · head ${head}`, {
      x: barsLeft,
      y: y + 12,
      "font-size": 12,
      "font-weight": 650,
    }) +
    textElement(`${where}; ${percent(others, 1)} % of the weight on other images`, {
      x: barsLeft + 96,
      y: y + 12,
      "font-size": 12,
      fill: "var(--muted)",
    })
  );
}

/** The batch's images under their bars. */
function thumbnails(data: BatchAttentionData, y: number): string {
  const step = barsWidth / data.batch.length;
  const size = Math.min(36, step * 0.92);
  return data.batch
    .map((image, index) => {
      const scale = size / Math.max(data.rows, data.columns);
      const box = {
        x: barsLeft + (index + 0.5) * step - (data.columns * scale) / 2,
        y,
        width: data.columns * scale,
        height: data.rows * scale,
      };
      return grayImage(data, image, box);
    })
    .join("");
}

function imageBox({ rows, columns }: AttentionFigureData, x: number, y: number): Box {
  const scale = picture / Math.max(rows, columns);
  return { x, y, width: columns * scale, height: rows * scale };
}

function grayImage(
  { channels, rows, columns }: AttentionFigureData,
  image: ShownImage,
  box: Box,
): string {
  const pixels = { channels, rows, columns, bytes: image.pixels };
  return pixelImage(pixels, box, `test image ${image.index}`);
}

/** Frame around the query position, at the resolution of the block's map. */
function positionFrame({ rows, columns, position }: AttentionWeights, box: Box): string {
  const cellWidth = box.width / columns;
  const cellHeight = box.height / rows;
  const frame = {
    x: box.x + (position % columns) * cellWidth,
    y: box.y + Math.floor(position / columns) * cellHeight,
    width: cellWidth,
    height: cellHeight,
    fill: "none",
  };
  return (
    element("rect", { ...frame, stroke: "#000000", "stroke-width": 4 }) +
    element("rect", { ...frame, stroke: "#57c7ff", "stroke-width": 2 })
  );
}

function imageCaption(image: ShownImage, box: Box): string {
  const wrong = image.label >= 0 && image.label !== image.prediction;
  const y = box.y + box.height;
  return (
    textElement(image.answer, {
      x: box.x,
      y: y + 17,
      "font-size": 12.5,
      "font-weight": wrong ? 700 : undefined,
      fill: wrong ? "var(--wrong)" : "var(--ink)",
    }) +
    textElement(image.about, {
      x: box.x,
      y: y + 32,
      "font-size": 11,
      fill: "var(--muted)",
    })
  );
}
