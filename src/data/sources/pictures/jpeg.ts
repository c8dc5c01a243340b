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
/** Each scan goes over all pixels, however few bytes it has; encoders write about 10, and no more than this. */
const MOST_SCANS = 64;

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** What the segments before the pixels say. */
interface Facts {
  readonly header: PictureHeader;
  readonly orientation: number;
  /** Whether the values are red, green and blue as they stand. */
  readonly isRgb: boolean;
}

/** @throws InputError where there is no frame header */
function readFacts(bytes: Uint8Array, where: string): Facts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let orientation = 1;
  let hasJfif = false;
  let adobe: number | undefined;
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
    if (marker === 0xe1 && startsWith(bytes, at + 4, "Exif\0\0")) {
      orientation = exifOrientation(bytes.subarray(at + 10, end));
    }
    if (marker === 0xe0 && startsWith(bytes, at + 4, "JFIF\0")) hasJfif = true;
    // Its byte 11 says how colours are stored; 0: as they are.
    if (marker === 0xee && end >= at + 16 && startsWith(bytes, at + 4, "Adobe")) {
      adobe = bytes[at + 15]!;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const header = frameHeader(bytes, view, at, marker, where);
      // As libjpeg decides: by JFIF, else by Adobe's marker, else by the names of the components.
      const names = String.fromCharCode(bytes[at + 10]!, bytes[at + 13]!, bytes[at + 16]!);
      const isRgb = bytes[at + 9] === 3 && !hasJfif && (adobe ?? (names === "RGB" ? 0 : 1)) === 0;
      return { header, orientation, isRgb };
    }
    at = end;
  }
  throw new InputError(where, "a JPEG frame header", "none");
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  return [...text].every((letter, index) => bytes[at + index] === letter.charCodeAt(0));
}

/** How many scans there are, no further than one too many. */
function countScans(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(0xff, 2); at >= 0 && count <= MOST_SCANS; ) {
    const marker = bytes[at + 1];
    if (marker === 0xd9) break;
    if (marker === 0xda) count++;
    // A stuffed byte, a restart marker or padding has no length; a segment may hold markers of another picture.
    const isBare =
      marker === undefined || marker === 0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd8);
    const length = isBare ? 0 : (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
    at = bytes.indexOf(0xff, at + (marker === 0xff ? 1 : 2 + length));
  }
  return count;
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
  const { header, orientation, isRgb } = readFacts(bytes, where);
  checkPictureSize(where, header);
  const { rows, columns, channels } = header;
  if (rows * columns > MOST_MEGAPIXELS * 1e6) {
    const expected = `a JPEG picture of at most ${MOST_MEGAPIXELS} megapixels`;
    throw new InputError(where, expected, `${rows}×${columns}`);
  }
  // Of each block of 8×8 pixels, the mean takes a bit or more.
  const blocks = Math.ceil(rows / 8) * Math.ceil(columns / 8);
  if (blocks > 8 * bytes.length) throw cutPicture(where, Math.ceil(blocks / 8), bytes.length);
  if (countScans(bytes) > MOST_SCANS) {
    throw new InputError(where, `a JPEG picture of at most ${MOST_SCANS} scans`, "more");
  }
  let decoded: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  try {
    decoded = jpeg.decode(bytes, {
      useTArray: true,
      ...(isRgb && { colorTransform: false }),
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
