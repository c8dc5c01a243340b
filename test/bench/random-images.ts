import type { BenchmarkData } from "../../src/bench/images.js";
import type { ImageSet } from "../../src/data/dataset.js";
import type { ImageShape } from "../../src/graph/graph.js";
import { philox } from "../../src/graph/philox.js";

/**
 * Images of random bytes with random labels of 10 classes. They have no dark background, so fewer gradients are zero
 * than with handwriting.
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
