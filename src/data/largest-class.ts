import type { ImageSet } from "./dataset.js";

/** Images of the most frequent class. */
export function largestClass({ labels }: ImageSet): number {
  const counts = new Uint32Array(256);
  for (const label of labels) counts[label]!++;
  return Math.max(...counts);
}
