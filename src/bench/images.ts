import type { Dataset, ImageSet } from "../data/dataset.js";
import { firstImages as firstOfSet } from "../data/subset.js";

/** The part of a data set that benchmarks use. */
export type BenchmarkData = Pick<
  Dataset,
  "channels" | "rows" | "columns" | "classes" | "mean" | "std" | "train" | "test"
>;

/** The first images of each split; all images of a split that has fewer. */
export function firstImages<Data extends BenchmarkData>(
  data: Data,
  counts: { readonly train: number; readonly test: number },
): Data {
  return {
    ...data,
    train: firstOfSet(data.train, data, counts.train),
    test: firstOfSet(data.test, data, counts.test),
  };
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
