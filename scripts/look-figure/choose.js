// Rules that choose the picture's test images and attention, so that nobody picks them by hand.

import { ImageReader } from "../../dist/audit/image-reader.js";
import { transformersOf } from "../../dist/inspect/transformer-nodes.js";
import { attentionData } from "../../dist/report/attention-data.js";
import { sampledQuadrilateral } from "../../dist/report/quadrilateral.js";

/** Number of images in the picture. */
const count = 6;
/** Margin around an image in the picture, as a fraction of its side. */
const border = 0.19;

/**
 * Of each digit, the test image that the transformer tilts most, among those that are classified correctly and
 * whose quadrilateral fits into the picture. Of these, the ones with the largest tilts, in order of their digits.
 */
export async function chooseImages({ run, parameters, data }) {
  const { graph } = run.model;
  const [{ theta }] = transformersOf(graph);
  const result = graph.nodes[graph.output];
  const reader = await ImageReader.open(
    { graph, data, parameters },
    data.test,
    [theta, result],
    64,
    1,
  );
  const largest = new Map();
  await reader.read({ progress: () => {} }, ({ images, value }) => {
    images.forEach((index, slot) => {
      const label = data.test.labels[index];
      const map = [...value(theta, slot)];
      const size = Math.abs(tilt(map));
      const right = argmax(value(result, slot)) === label;
      if (!right || !fits(map, data) || size <= (largest.get(label)?.size ?? 0)) return;
      largest.set(label, { index, label, size });
    });
  });
  reader.close();
  return [...largest.values()]
    .sort((a, b) => b.size - a.size)
    .slice(0, count)
    .sort((a, b) => a.label - b.label)
    .map(({ index }) => index);
}

/** Lean, in the input, of the line that becomes vertical in the output: degrees, positive to the right. */
function tilt([, b, , , e]) {
  return (Math.atan2(-b, e) * 180) / Math.PI;
}

function fits(theta, { rows, columns }) {
  return sampledQuadrilateral(theta, rows, columns).every(([column, row]) => {
    const [x, y] = [(column + 0.5) / columns, (row + 0.5) / rows];
    return [x, y].every((at) => at > -border && at < 1 + border);
  });
}

function argmax(values) {
  return values.indexOf(Math.max(...values));
}

/** Of the attention on the largest map, the head with the largest sum of its largest weights over the images. */
export function chooseHead(views) {
  const images = views.images.map((image) => {
    const { images } = attentionData("mha", { ...views, images: [image] });
    return images[0];
  });
  const positions = ({ multiples }) => multiples.length;
  const finest = Math.max(...images[0].maps.map(positions));
  const sharpness = images[0].maps.map((map, at) => {
    const greatest = images.map(({ maps }) => Math.max(...maps[at].multiples));
    return positions(map) < finest ? 0 : greatest.reduce((sum, value) => sum + value, 0);
  });
  const head = argmax(sharpness);
  return images.map(({ maps }) => maps[head]);
}
