// Which test images and which attention the picture shows: rules, so that nobody picks by hand.

import { ImageReader } from "../../dist/audit/image-reader.js";
import { transformersOf } from "../../dist/inspect/transformer-nodes.js";
import { attentionData } from "../../dist/report/attention-data.js";
import { sampledQuadrilateral } from "../../dist/report/quadrilateral.js";

/** How many images are shown. */
const count = 6;
/** The room around an image in the picture, as a part of its side. */
const border = 0.19;

/**
 * Of each digit the test image that the transformer tilts most, among those that are classified right and
 * whose quadrilateral fits the picture; of these the ones with the largest tilts, in order of their digits.
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

/** How far what becomes vertical leans in the input, in degrees: to the right above 0. */
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

/** The finest attention's head that chooses most: whose largest weights, summed over the images, are largest. */
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
