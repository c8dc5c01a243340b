import { gzipSync } from "node:zlib";
import { expect } from "vitest";

/** An IDX file of pictures; `pixels` defaults to zeros as the header asks for. */
export function idxImages(
  count: number,
  rows: number,
  columns: number,
  pixels = new Uint8Array(count * rows * columns),
): Uint8Array {
  const bytes = new Uint8Array(16 + pixels.length);
  const view = new DataView(bytes.buffer);
  [0x803, count, rows, columns].forEach((word, index) => {
    view.setUint32(4 * index, word);
  });
  bytes.set(pixels, 16);
  return bytes;
}

/** An IDX file of labels. */
export function idxLabels(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 + labels.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x801);
  view.setUint32(4, labels.length);
  bytes.set(labels, 8);
  return bytes;
}

/** Gzip, fast rather than small. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(gzipSync(bytes, { level: 1 }));
}

/** The argument of `toThrow` for an InputError with exactly this message. */
export function inputError(message: string): { asymmetricMatch: (error: unknown) => boolean } {
  return expect.objectContaining({ name: "InputError", message });
}
