import type { EngineSet } from "../../src/engine/options.js";
import type { Graph, ImageShape } from "../../src/graph/graph.js";
import type { NamedTensors, Tensor32 } from "../../src/graph/tensors.js";
import { initialize } from "../../src/train/initialize.js";
import { seededRandom } from "../graph/random.js";

export const CLASSES = 10;
export const MEAN = 0.1307;
export const STD = 0.3081;

/** Smooth blots, each with a class: more similar to pictures than noise. */
export function randomSet(count: number, shape: ImageShape, seed = 1): EngineSet {
  const { channels, rows, columns } = shape;
  const random = seededRandom(seed);
  const size = channels * rows * columns;
  const images = new Uint8Array(count * size);
  const labels = new Uint8Array(count);
  for (let image = 0; image < count; image++) {
    labels[image] = Math.floor(random() * CLASSES);
    const [row, column] = [random() * rows, random() * columns];
    for (let at = 0; at < size; at++) {
      const position = Math.floor(at / channels);
      const [y, x] = [Math.floor(position / columns) - row, (position % columns) - column];
      const blot = Math.exp(-(x * x + y * y) / 40) * (1 - (at % channels) / 5);
      images[image * size + at] = Math.floor(255 * (0.8 * blot + 0.2 * random()));
    }
  }
  return { count, images, labels };
}

/** The model's own initial values; an STN's last layer is moved off the identity's kinks. */
export function initialParameters(graph: Graph, seed = 0): NamedTensors {
  const tensors = new Map<string, Tensor32>(initialize(graph, seed));
  const random = seededRandom(99);
  for (const [name, { shape, values }] of tensors) {
    if (!name.startsWith("fc_loc.2")) continue;
    const moved = values.map((value) => value + 0.1 * (random() - 0.5));
    tensors.set(name, { shape, values: moved });
  }
  return tensors;
}

/** An image as the engine normalises it, in float64 and in the order [channel, row, column]. */
export function normalizedImage(
  { images }: EngineSet,
  index: number,
  { channels, rows, columns }: ImageShape,
): Float64Array {
  const positions = rows * columns;
  return Float64Array.from({ length: channels * positions }, (_, at) => {
    const [channel, position] = [Math.floor(at / positions), at % positions];
    const byte = images[(index * positions + position) * channels + channel]!;
    return (byte / 255 - MEAN) / STD;
  });
}
