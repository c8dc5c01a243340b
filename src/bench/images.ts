import type { Dataset, ImageSet } from "../data/dataset.js";
import type { ImageShape } from "../graph/graph.js";
import { philox } from "../graph/philox.js";

/** The part of a data set that benchmarks use. */
export type BenchmarkData = Pick<
  Dataset,
  "channels" | "rows" | "columns" | "classes" | "mean" | "std" | "train" | "test"
>;

/**
 * Images of random bytes with random labels of 10 classes, where no data set is at hand. They have no
 * dark background, so fewer gradients are zero than with handwriting, and steps take longer.
 *
 * @param counts numbers of training and test images
 */
export function randomImages(
  shape: ImageShape,
  counts: { readonly train: number; readonly test: number },
  seed = 0,
): BenchmarkData {
  const bytes = shape.channels * shape.rows * shape.columns;
  const set = (count: number, stream: number): ImageSet => ({
    count,
    images: randomBytes(count * bytes, seed, stream),
    labels: randomBytes(count, seed, stream + 1).map((byte) => byte % 10),
  });
  const normal = { classes: 10, mean: 0.5, std: 0.29 };
  return { ...shape, ...normal, train: set(counts.train, 0), test: set(counts.test, 2) };
}

function randomBytes(count: number, seed: number, stream: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(count / 4));
  for (let at = 0; at < words.length; at += 4) {
    words.set(philox({ seed, stream, step: 0 }, at / 4).slice(0, words.length - at), at);
  }
  return new Uint8Array(words.buffer, 0, count);
}

/** The first images of each split; all images of a split that has fewer. */
export function firstImages<Data extends BenchmarkData>(
  data: Data,
  counts: { readonly train: number; readonly test: number },
): Data {
  const cut = (set: ImageSet, most: number): ImageSet => {
    const count = Math.min(set.count, most);
    const bytes = set.images.length / set.count;
    return {
      count,
      images: set.images.subarray(0, count * bytes),
      labels: set.labels.subarray(0, count),
    };
  };
  return { ...data, train: cut(data.train, counts.train), test: cut(data.test, counts.test) };
}

/** The same images with `side` rows and columns, by nearest-neighbour interpolation. */
export function resizedImages<Data extends BenchmarkData>(data: Data, side: number): Data {
  const { channels, rows, columns } = data;
  const resize = (set: ImageSet): ImageSet => {
    const images = new Uint8Array(set.count * side * side * channels);
    let at = 0;
    for (let image = 0; image < set.count; image++)
      for (let r = 0; r < side; r++) {
        const row = image * rows + Math.floor((r * rows) / side);
        for (let c = 0; c < side; c++) {
          const from = (row * columns + Math.floor((c * columns) / side)) * channels;
          for (let i = 0; i < channels; i++) images[at++] = set.images[from + i]!;
        }
      }
    return { ...set, images };
  };
  return { ...data, rows: side, columns: side, train: resize(data.train), test: resize(data.test) };
}
