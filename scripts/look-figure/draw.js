import { multipleColor } from "../../dist/report/attention-scale.js";
import { element, fontStack, textElement } from "../../dist/report/markup.js";
import { pixelImage } from "../../dist/report/pixel-image.js";
import { pixelOutline } from "../../dist/report/pixel-outline.js";
import { warpStripData } from "../../dist/report/transformer-data.js";

const width = 960;
const height = 346;
const left = 28;
const firstColumn = 242;
/** Distance from one image to the next, pixels. */
const step = 117;
const side = 84;
/** Vertical positions of the rows of images. */
const tops = { before: 26, after: 133, attention: 241 };

// The picture has its own background, since the page around it may be light or dark.
const page = "#14171c";
const ink = "#eef0f3";
const yellow = "#ffb000";
const blue = "#57c7ff";

const title =
  "Handwritten digits, what a spatial transformer makes of them, and where attention looks";

/**
 * One column per image: the image with the quadrilateral that the transformer samples, the transformer's
 * output, and the attention of one position over the image.
 *
 * @param warps the images with their warps by the model with a transformer
 * @param maps the attention to the positions of each image
 */
export function drawLooks(warps, maps) {
  const strip = warpStripData("stn", warps);
  const columns = strip.images.map((image, index) => {
    const x = firstColumn + index * step;
    return (
      before(strip, image, x) + after(strip, image, x) + attention(strip, image, maps[index], x)
    );
  });
  const content = [
    element("title", {}, title),
    element("rect", { width, height, rx: 14, fill: page }),
    rowText(tops.before, ["It chooses what to look", "at (yellow) …"], "Spatial transformer"),
    rowText(tops.after, ["… and the rest of the", "network sees this."]),
    rowText(tops.attention, ["The blue square looks", "at what is bright."], "Attention"),
    ...columns,
  ];
  const root = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": title,
    "font-family": fontStack,
  };
  return `${element("svg", root, content.join(""))}\n`;
}

/** The text of a row: a sentence, with or without a name above it. */
function rowText(top, lines, name) {
  const first = top + side / 2 - (name === undefined ? 24 : 16);
  const sentence = lines.map((line, at) =>
    textElement(line, { x: left, y: first + 19 * (at + 1), "font-size": 14.5, fill: ink }),
  );
  if (name === undefined) return sentence.join("");
  const heading = { x: left, y: first - 4, "font-size": 16.5, "font-weight": 650, fill: yellow };
  return textElement(name, heading) + sentence.join("");
}

function before(strip, image, x) {
  const box = { x, y: tops.before, width: side, height: side };
  const corners = image.corners.map(([column, row]) => [
    x + ((column + 0.5) * side) / strip.columns,
    box.y + ((row + 0.5) * side) / strip.rows,
  ]);
  return pixelImage({ ...strip, bytes: image.pixels }, box, "before") + quadrilateral(corners);
}

/** Bright with a dark border, so that it is visible on black and on white; the top edge is thick. */
function quadrilateral(corners) {
  const points = corners.map((point) => point.map((at) => at.toFixed(1)).join(","));
  const outline = { points: points.join(" "), fill: "none", "stroke-linejoin": "round" };
  return (
    element("polygon", { ...outline, stroke: page, "stroke-width": 4 }) +
    element("polygon", { ...outline, stroke: yellow, "stroke-width": 2 }) +
    element("path", {
      d: `M${points[0]}L${points[1]}`,
      stroke: yellow,
      "stroke-width": 4.5,
      "stroke-linecap": "round",
    })
  );
}

function after(strip, image, x) {
  const box = { x, y: tops.after, width: side, height: side };
  return pixelImage({ ...strip, bytes: image.warped }, box, "after");
}

function attention(strip, image, { rows, columns, position, multiples }, x) {
  const box = { x, y: tops.attention, width: side, height: side };
  const bytes = multiples.flatMap((multiple) => [...multipleColor(multiple)]);
  const outline = pixelOutline({ ...strip, bytes: image.pixels }, box);
  const cell = { width: side / columns, height: side / rows };
  return (
    pixelImage({ rows, columns, channels: 3, bytes }, box, "attention") +
    element("path", {
      d: outline,
      fill: "none",
      stroke: "#ffffff",
      "stroke-opacity": 0.8,
      "stroke-width": 0.8,
    }) +
    element("rect", {
      ...cell,
      x: x + (position % columns) * cell.width,
      y: box.y + Math.floor(position / columns) * cell.height,
      fill: "none",
      stroke: blue,
      "stroke-width": 2,
    })
  );
}
