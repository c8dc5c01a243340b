import { InputError } from "../../../errors.js";
import { decodeBmp, isBmp } from "./bmp.js";
import { decodeJpeg, isJpeg } from "./jpeg.js";
import type { DecodedPicture } from "./picture.js";
import { decodePng, isPng } from "./png.js";
import { decodePnm, isPnm } from "./pnm.js";

/** The formats, by their first bytes: a name's ending may lie. */
const formats = [
  { is: isPng, decode: decodePng },
  { is: isJpeg, decode: decodeJpeg },
  { is: isBmp, decode: decodeBmp },
  { is: isPnm, decode: decodePnm },
];

const expected = "a PNG, JPEG, BMP, PGM or PPM picture";

/** Whether a file's name has the ending of a picture that is read. */
export function isPictureName(name: string): boolean {
  return /\.(png|jpe?g|jfif|bmp|dib|pgm|ppm|pnm)$/i.test(name);
}

/**
 * Decodes a PNG, JPEG, BMP, PGM or PPM picture.
 *
 * @param where the file's name, for errors
 * @throws InputError where it is none, is damaged, or would take more than 512 MiB
 * @example
 * const picture = decodePicture(await readFile("seven.png"), "seven.png");
 * const [found] = await predict(readClassifier("runs/2026-11-23-142530-stn-seed0"), [picture]);
 */
export function decodePicture(bytes: Uint8Array, where: string): DecodedPicture {
  return formatOf(bytes, where).decode(bytes, where);
}

function formatOf(bytes: Uint8Array, where: string): (typeof formats)[number] {
  const found = formats.find(({ is }) => is(bytes));
  if (found) return found;
  throw new InputError(where, expected, kindOf(bytes));
}

/** What a file is that is no such picture. */
function kindOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith("GIF8")) return "a GIF picture";
  if (text.startsWith("RIFF") && text.endsWith("WEBP")) return "a WebP picture";
  if (/^(II\*\0|MM\0\*)/.test(text)) return "a TIFF picture";
  if (/^....ftyp/s.test(text)) return "a HEIC or AVIF picture";
  if (/^P[147]\s/.test(text)) return `a Netpbm picture of another kind, ${text.slice(0, 2)}`;
  return "other bytes";
}
