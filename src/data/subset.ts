import { checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import type { ImageShape } from "../graph/graph.js";
import { checkImageSet } from "./check-dataset.js";
import type { ImageSet } from "./dataset.js";

/**
 * Some images of a set, in the order of the indices.
 *
 * @param shape of one image; `Dataset` is one
 * @param indices 0 .. count − 1; an index may come more than once
 * @throws InputError where there is none, or one is out of range
 */
export function subset(set: ImageSet, shape: ImageShape, indices: ArrayLike<number>): ImageSet {
  checkImageSet("subset", "set", set, shape);
  if (!(Array.isArray(indices) || ArrayBuffer.isView(indices)) || indices.length < 1) {
    throw new InputError("subset", "indices to be a list of one or more", shown(indices));
  }
  const size = shape.channels * shape.rows * shape.columns;
  const count = indices.length;
  const images = new Uint8Array(count * size);
  const labels = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    const index = indices[at]!;
    checkWhole("subset", `index ${at}`, index, 0, set.count - 1);
    images.set(set.images.subarray(index * size, (index + 1) * size), at * size);
    labels[at] = set.labels[index]!;
  }
  return { count, images, labels };
}

/** The first images of a set, without copying; all of them where there are fewer. */
export function firstImages(set: ImageSet, shape: ImageShape, most: number): ImageSet {
  const size = shape.channels * shape.rows * shape.columns;
  const count = Math.min(most, set.count);
  return {
    count,
    images: set.images.subarray(0, count * size),
    labels: set.labels.subarray(0, count),
  };
}
