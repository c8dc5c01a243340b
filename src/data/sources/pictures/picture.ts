import { InputError } from "../../../errors.js";

/** The formats of pictures that are read. */
export type PictureFormat = "PNG" | "JPEG" | "BMP" | "PNM";

/** What a picture's header says, before its pixels are decoded. */
export interface PictureHeader {
  readonly format: PictureFormat;
  readonly rows: number;
  readonly columns: number;
  /** As decoded: 1 grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** Bits of a value in the file; of an index, where there is a palette. */
  readonly bits: number;
  readonly hasPalette: boolean;
}

/** A picture as its file holds it, each value as a byte. */
export interface DecodedPicture extends PictureHeader {
  /** `rows × columns × channels`, channels last. */
  readonly values: Uint8Array;
  /** How to turn it, 1 to 8 as in EXIF; 1: not at all. */
  readonly orientation: number;
}

/** Above this no picture is decoded: 512 MiB, 178 megapixels in colour. */
export const MOST_PICTURE_BYTES = 512 * 1024 * 1024;

/**
 * Refuses a picture without pixels, or with more than fit into memory, before anything is allocated for it.
 *
 * @throws InputError
 */
export function checkPictureSize(where: string, header: PictureHeader): void {
  const { rows, columns, channels, bits } = header;
  if (rows < 1 || columns < 1) {
    throw new InputError(where, "a picture of 1×1 or more pixels", `${rows}×${columns}`);
  }
  const bytes = BigInt(rows) * BigInt(columns) * BigInt(channels * (bits > 8 ? 2 : 1));
  if (bytes > BigInt(MOST_PICTURE_BYTES)) {
    throw new InputError(where, "a picture of at most 512 MiB when decoded", `${rows}×${columns}`);
  }
}

/** Of 16 bits, the nearest of 8: `round(value / 257)`, as 65535 is 257 · 255. */
export function byteOf16(value: number): number {
  return Math.floor((value + 128) / 257);
}

/** A file that ends before its pixels do. */
export function cutPicture(where: string, needed: number, length: number): InputError {
  return new InputError(where, `a whole picture, ${needed} bytes`, `${length} bytes`);
}
