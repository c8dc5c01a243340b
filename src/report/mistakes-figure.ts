import type { Predictions } from "../inspect/predictions.js";
import { imageCaption } from "./class-name.js";
import { element, type Figure, svgElement, textElement } from "./markup.js";
import { pixelImage } from "./pixel-image.js";

/** Names are longer than indices, so that fewer pictures stand side by side. */
const wide = { width: 960, perRow: 8, perRowNamed: 6 };
const narrow = { width: 358, perRow: 3, perRowNamed: 2 };
const gap = 16;
const textRoom = 44;

/**
 * A gallery of the test images whose wrong prediction is the most confident.
 *
 * @returns undefined where no prediction is wrong
 */
export function mistakesFigure(
  model: string,
  predictions: Predictions,
  classNames: readonly string[] | undefined,
): Figure | undefined {
  if (predictions.mistakes.length === 0) return undefined;
  const title = `Mistakes of ${model} that it is most sure of`;
  const draw = (page: typeof wide) => gallery(predictions, classNames, page, title);
  return {
    name: `mistakes-${model}`,
    title,
    caption:
      "Test images whose prediction is wrong, the most confident first. Under each: its class → what it is taken for, and the probability that the network gives that. A wrong label in the data is often among the first.",
    svg: draw(wide),
    narrow: { svg: draw(narrow), legend: [] },
  };
}

function gallery(
  predictions: Predictions,
  classNames: readonly string[] | undefined,
  page: typeof wide,
  title: string,
): string {
  const { width } = page;
  const perRow = classNames ? page.perRowNamed : page.perRow;
  const { channels, rows, columns, mistakes, pixels } = predictions;
  const picture = Math.floor((width - gap * (perRow - 1)) / perRow);
  const size = channels * rows * columns;
  const scale = picture / Math.max(rows, columns);
  const cells = Array.from(mistakes, (index, at) => {
    const image = {
      index,
      label: predictions.labels[index]!,
      prediction: predictions.predicted[index]!,
      probability: predictions.confidences[index]!,
    };
    const { answer, about } = imageCaption(image, classNames);
    const bytes = pixels.subarray(at * size, (at + 1) * size);
    const x = (at % perRow) * (picture + gap);
    const y = Math.floor(at / perRow) * (picture + textRoom);
    const box = {
      x: (picture - columns * scale) / 2,
      y: (picture - rows * scale) / 2,
      width: columns * scale,
      height: rows * scale,
    };
    const middle = { x: picture / 2, "text-anchor": "middle" } as const;
    return element(
      "g",
      { transform: `translate(${x},${y})` },
      element("rect", { width: picture, height: picture, rx: 4, fill: "var(--panel)" }) +
        pixelImage({ rows, columns, channels, bytes }, box, `test image ${index}`) +
        textElement(answer, {
          ...middle,
          y: picture + 16,
          "font-size": 12.5,
          fill: "var(--wrong)",
        }) +
        textElement(about, { ...middle, y: picture + 31, "font-size": 11.5, fill: "var(--muted)" }),
    );
  });
  const lines = Math.ceil(mistakes.length / perRow);
  const used = Math.min(perRow, mistakes.length);
  return svgElement(
    { width: used * (picture + gap) - gap, height: lines * (picture + textRoom) },
    title,
    cells.join(""),
  );
}
