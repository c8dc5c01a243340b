// The contact sheet of docs/data.md, docs/figures/distorted-mnist.svg: the first training images of MNIST, and of each set
// that is made of it.
//   FOVEA_DATA=… node scripts/distorted-figure.js

import { fileURLToPath } from "node:url";
import { loadData } from "../dist/data/load.node.js";
import { distortedMnist } from "../dist/data/sources/distorted-mnist.js";
import { distortedNames } from "../dist/data/sources/distorted-names.js";
import { InputError } from "../dist/errors.js";
import { writeAtomically } from "../dist/files/write-file.node.js";
import { element, fontStack, textElement } from "../dist/report/markup.js";
import { pixelImage } from "../dist/report/pixel-image.js";

const picture = fileURLToPath(new URL("../docs/figures/distorted-mnist.svg", import.meta.url));

const images = 7;
/** One scale for all sets, so that sizes can be compared. */
const scale = 1.5;
const [left, step, gap, margin] = [206, 104, 14, 20];
// The picture has its own background, since the page around it may be light or dark.
const [page, ink, quiet] = ["#14171c", "#eef0f3", "#a8b0bb"];
const title = "The first training images of MNIST and of the sets that are made of it";

/** What is done to an image, in a few words. */
const captions = {
  mnist: "as it is",
  "mnist-r": "±90°",
  "mnist-rts": "±45°, × 0.7 to 1.2, 42×42",
  "mnist-p": "corners moved",
  "mnist-e": "bent by a spline",
  "mnist-cluttered": "60×60, 6 distractors",
  "mnist-rot-12k": "any angle",
};

try {
  const { data } = await loadData("mnist", { environment: process.env });
  writeAtomically(picture, drawSets([data, ...distortedNames.map((name) => firstOf(data, name))]));
  process.stdout.write(`written: ${picture}\n`);
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`distorted-figure: ${error.message}\n`);
  process.exitCode = 2;
}

/** A set; of MNIST's images only some are taken where that does not change the first ones. */
function firstOf(mnist, name) {
  const isOfAll = name === "mnist-cluttered" || name === "mnist-rot-12k";
  if (isOfAll) return distortedMnist(mnist, name);
  const few = ({ images: bytes, labels }) => ({
    count: images,
    images: bytes.subarray(0, images * mnist.rows * mnist.columns),
    labels: labels.subarray(0, images),
  });
  return distortedMnist({ ...mnist, train: few(mnist.train), test: few(mnist.test) }, name);
}

function drawSets(sets) {
  let top = margin;
  const rows = sets.map((set) => {
    const row = drawSet(set, top);
    top += scale * set.rows + gap;
    return row;
  });
  const [width, height] = [left + images * step + margin - 14, top - gap + margin];
  const content = [
    element("title", {}, title),
    element("rect", { width, height, rx: 14, fill: page }),
    ...rows,
  ];
  const root = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    ...{ width, height, role: "img", "aria-label": title, "font-family": fontStack },
  };
  return `${element("svg", root, content.join(""))}\n`;
}

function drawSet({ name, rows, columns, train }, top) {
  const middle = top + (scale * rows) / 2;
  const size = rows * columns;
  const drawn = Array.from({ length: images }, (_, at) =>
    pixelImage(
      { rows, columns, channels: 1, bytes: train.images.subarray(at * size, (at + 1) * size) },
      {
        x: left + at * step + (90 - scale * columns) / 2,
        y: top,
        width: scale * columns,
        height: scale * rows,
      },
      `${name}, image ${at}: ${train.labels[at]}`,
    ),
  );
  return [
    textElement(name, { x: margin, y: middle - 3, "font-size": 15, "font-weight": 650, fill: ink }),
    textElement(captions[name], { x: margin, y: middle + 15, "font-size": 12.5, fill: quiet }),
    ...drawn,
  ].join("");
}
