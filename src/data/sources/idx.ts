import { InputError } from "../../errors.js";
import { type Allocate, newBytes } from "../allocate.js";
import type { ImageSet } from "../dataset.js";

// The IDX format (https://yann.lecun.com/exdb/mnist/): two zero bytes, the element type (8 is u8),
// the rank, one big-endian u32 a dimension, then the elements.
const IMAGES_MAGIC = 0x00000803;
const LABELS_MAGIC = 0x00000801;
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;

/** Pictures of one channel as an IDX file holds them. */
export interface IdxImages {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** `count × rows × columns` pixels 0..255; a view of the parsed bytes, not a copy. */
  readonly images: Uint8Array;
}

function hex(word: number): string {
  return `0x${word.toString(16).padStart(8, "0")}`;
}

/** Checks the file's first bytes, before anything else in them is believed. */
function readHeader(bytes: Uint8Array, size: number, magic: number, where: string): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 4 && view.getUint32(0) !== magic) {
    throw new InputError(where, `the IDX magic number ${hex(magic)}`, hex(view.getUint32(0)));
  }
  if (bytes.length < size) {
    throw new InputError(where, `an IDX header of ${size} bytes`, `${bytes.length} bytes`);
  }
  return view;
}

/** Checks that the file is as long as its header says. */
function checkLength(bytes: Uint8Array, expected: bigint, where: string): void {
  if (BigInt(bytes.length) !== expected) {
    const excess = BigInt(bytes.length) - expected;
    const got = excess > 0n ? `${bytes.length} (${excess} trailing)` : `${bytes.length}`;
    throw new InputError(where, `${expected} bytes, as its header says`, got);
  }
}

/**
 * Parses an IDX file of u8 pictures (rank 3), already unpacked.
 *
 * @param where the file's name, for errors
 * @throws InputError when the magic number, a dimension or the length is wrong
 */
export function parseIdxImages(bytes: Uint8Array, where: string): IdxImages {
  const view = readHeader(bytes, IMAGES_HEADER, IMAGES_MAGIC, where);
  const count = view.getUint32(4);
  const rows = view.getUint32(8);
  const columns = view.getUint32(12);
  if (count === 0 || rows === 0 || columns === 0) {
    throw new InputError(
      where,
      "at least one image of at least 1 × 1 pixels",
      `${count} of ${rows} × ${columns}`,
    );
  }
  // BigInt: the product of a lying header's three numbers has up to 96 bits.
  const expected = BigInt(IMAGES_HEADER) + BigInt(count) * BigInt(rows) * BigInt(columns);
  checkLength(bytes, expected, where);
  return { count, rows, columns, images: bytes.subarray(IMAGES_HEADER) };
}

/**
 * Parses an IDX file of u8 labels (rank 1), already unpacked; the result is a view of the bytes.
 *
 * @param where the file's name, for errors
 * @param classes how many classes there are, default 10; labels are 0 .. classes − 1
 * @throws InputError when the magic number, the length or a label is wrong
 */
export function parseIdxLabels(bytes: Uint8Array, where: string, classes = 10): Uint8Array {
  const view = readHeader(bytes, LABELS_HEADER, LABELS_MAGIC, where);
  checkLength(bytes, BigInt(LABELS_HEADER) + BigInt(view.getUint32(4)), where);
  const labels = bytes.subarray(LABELS_HEADER);
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new InputError(where, `labels 0..${classes - 1}`, `${labels[wrong]} at index ${wrong}`);
  }
  return labels;
}

/** Bytes of this shape, rank 1 or 3, as an IDX file. */
export function writeIdx(
  shape: readonly number[],
  values: Uint8Array,
  allocate: Allocate = newBytes,
): Uint8Array {
  const begin = 4 + 4 * shape.length;
  const bytes = allocate(begin + values.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(0, shape.length === 1 ? LABELS_MAGIC : IMAGES_MAGIC);
  shape.forEach((size, index) => {
    view.setUint32(4 + 4 * index, size);
  });
  bytes.set(values, begin);
  return bytes;
}

/**
 * Pairs images with their labels.
 *
 * @throws InputError, naming the label file, when there are not as many labels as images
 */
export function pairImagesAndLabels(
  images: IdxImages,
  imagesWhere: string,
  labels: Uint8Array,
  labelsWhere: string,
): ImageSet {
  if (labels.length !== images.count) {
    throw new InputError(
      labelsWhere,
      `${images.count} labels, one for each image in ${imagesWhere}`,
      `${labels.length}`,
    );
  }
  return { count: images.count, images: images.images, labels };
}
