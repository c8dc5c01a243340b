import jpeg from "jpeg-js";
import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { exifOrientation } from "./exif.js";
import {
  checkPictureSize,
  cutPicture,
  type DecodedPicture,
  MOST_PICTURE_BYTES,
  type PictureHeader,
} from "./picture.js";

/** The decoder keeps coefficients and pixels: about 20 bytes a pixel. */
const MOST_MEGAPIXELS = 64;
const MEGABYTE = 1024 * 1024;

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** What the segments before the pixels say. */
interface Facts {
  readonly header: PictureHeader;
  readonly orientation: number;
}

/** @throws InputError where there is no frame header */
function readFacts(bytes: Uint8Array, where: string): Facts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let orientation = 1;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw new InputError(where, "a JPEG marker", `byte ${bytes[at]}`);
    const marker = bytes[at + 1]!;
    // Padding before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length) throw cutPicture(where, end, bytes.length);
    if (marker === 0xe1 && isExif(bytes, at + 4)) {
      orientation = exifOrientation(bytes.subarray(at + 10, end));
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { header: frameHeader(bytes, view, at, marker, where), orientation };
    at = end;
  }
  throw new InputError(where, "a JPEG frame header", "none");
}

function isExif(bytes: Uint8Array, at: number): boolean {
  return [0x45, 0x78, 0x69, 0x66, 0, 0].every((byte, index) => bytes[at + index] === byte);
}

function frameHeader(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  marker: number,
  where: string,
): PictureHeader {
  if (at + 10 > bytes.length) throw cutPicture(where, at + 10, bytes.length);
  if (marker > 0xc2) {
    const kind = marker === 0xc3 ? "a lossless one" : `one with marker 0xff${marker.toString(16)}`;
    throw new InputError(where, "a baseline or progressive JPEG picture", kind);
  }
  const bits = bytes[at + 4]!;
  if (bits !== 8) throw new InputError(where, "a JPEG picture of 8 bits", String(bits));
  const channels = bytes[at + 9] === 1 ? 1 : 3;
  const [rows, columns] = [view.getUint16(at + 5), view.getUint16(at + 7)];
  return { format: "JPEG", rows, columns, channels, bits, hasPalette: false };
}

/**
 * Decodes a JPEG picture, baseline or progressive; CMYK becomes red, green and blue.
 *
 * @throws InputError where the file is cut or damaged
 */
export function decodeJpeg(bytes: Uint8Array, where: string): DecodedPicture {
  const { header, orientation } = readFacts(bytes, where);
  checkPictureSize(where, header);
  const { rows, columns, channels } = header;
  if (rows * columns > MOST_MEGAPIXELS * 1e6) {
    const expected = `a JPEG picture of at most ${MOST_MEGAPIXELS} megapixels`;
    throw new InputError(where, expected, `${rows}×${columns}`);
  }
  // Of each block of 8×8 pixels, the mean takes a bit or more.
  const blocks = Math.ceil(rows / 8) * Math.ceil(columns / 8);
  if (blocks > 8 * bytes.length) throw cutPicture(where, Math.ceil(blocks / 8), bytes.length);
  let decoded: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  try {
    decoded = jpeg.decode(bytes, {
      useTArray: true,
      tolerantDecoding: false,
      maxResolutionInMP: MOST_MEGAPIXELS,
      maxMemoryUsageInMB: (4 * MOST_PICTURE_BYTES) / MEGABYTE,
    });
  } catch (error) {
    throw new InputError(where, "a JPEG picture that can be decoded", excerpt(String(error)));
  }
  if (decoded.width !== columns || decoded.height !== rows) {
    const got = `another of ${decoded.height}×${decoded.width}`;
    throw new InputError(where, `one JPEG picture of ${rows}×${columns}`, got);
  }
  const values = new Uint8Array(rows * columns * channels);
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      values[pixel * channels + channel] = decoded.data[pixel * 4 + channel]!;
    }
  }
  return { ...header, values, orientation };
}
