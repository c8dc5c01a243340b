import type { Dataset, ImageSet } from "./dataset.js";

/** The same data in memory that several threads can read, so that a message need not copy it. */
export function shareDataset(data: Dataset): Dataset {
  return { ...data, train: shareSet(data.train), test: shareSet(data.test) };
}

function shareSet({ count, images, labels }: ImageSet): ImageSet {
  return { count, images: shareBytes(images), labels: shareBytes(labels) };
}

function shareBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
