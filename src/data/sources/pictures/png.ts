import { decode } from "fast-png";
import { Unzlib } from "fflate";
import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { crc32 } from "../../../formats/crc32.js";
import {
  byteOf16,
  checkPictureSize,
  cutPicture,
  type DecodedPicture,
  type PictureHeader,
} from "./picture.js";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Chunks that decide pixels; all others are left out, as they may hold anything. */
const kept = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
/** A chunk's length, type and CRC-32. */
const frame = 12;
/** So many compressed bytes are unpacked at once: at most 16 MiB come out of them. */
const slice = 16 * 1024;

/** Channels and allowed depths of each colour type. */
const colourTypes = new Map<
  number,
  { readonly channels: PictureHeader["channels"]; readonly bits: readonly number[] }
>([
  [0, { channels: 1, bits: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, bits: [8, 16] }],
  [3, { channels: 1, bits: [1, 2, 4, 8] }],
  [4, { channels: 2, bits: [8, 16] }],
  [6, { channels: 4, bits: [8, 16] }],
]);

interface Chunk {
  readonly type: string;
  readonly begin: number;
  readonly end: number;
}

export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

/**
 * What a PNG file's IHDR says.
 *
 * @throws InputError where there is none, or it says what no PNG file has
 */
export function readPngHeader(bytes: Uint8Array, where: string): PictureHeader {
  if (bytes.length < 33) throw cutPicture(where, 33, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8) !== 13 || view.getUint32(12) !== 0x49484452) {
    throw new InputError(where, "a PNG file that begins with IHDR", "another chunk");
  }
  const [bits = 0, type = 0] = bytes.subarray(24);
  const colours = colourTypes.get(type);
  if (colours === undefined || !colours.bits.includes(bits)) {
    throw new InputError(where, "a PNG colour type and depth", `type ${type} of ${bits} bits`);
  }
  const [rows, columns] = [view.getUint32(20), view.getUint32(16)];
  if (bytes[28] !== 0 && bits < 8) {
    throw new InputError(where, "a PNG picture of 8 or 16 bits where it is interlaced", `${bits}`);
  }
  return { format: "PNG", rows, columns, channels: colours.channels, bits, hasPalette: type === 3 };
}

/**
 * Decodes a PNG picture. Palettes become colours, transparent colours alpha; of an animation the first frame counts.
 *
 * @throws InputError where the file is cut or damaged
 */
export function decodePng(bytes: Uint8Array, where: string): DecodedPicture {
  const header = readPngHeader(bytes, where);
  checkPictureSize(where, header);
  const chunks = readChunks(bytes, where);
  checkContent(bytes, chunks, header, where);
  const plain = withChunks(bytes, chunks);
  let decoded: ReturnType<typeof decode>;
  try {
    decoded = decode(plain);
  } catch (error) {
    throw new InputError(where, "a PNG picture that can be decoded", excerpt(String(error)));
  }
  const values = unpackValues(decoded.data, header);
  if (header.hasPalette) return withColours(values, decoded.palette ?? [], header, where);
  return withAlpha(values, decoded.transparency, header);
}

function readChunks(bytes: Uint8Array, where: string): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = signature.length; ; ) {
    if (at + frame > bytes.length) throw cutPicture(where, at + frame, bytes.length);
    const end = at + frame + view.getUint32(at);
    if (end > bytes.length) throw cutPicture(where, end, bytes.length);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (kept.includes(type)) {
      const crc = crc32(bytes.subarray(at + 4, end - 4));
      if (crc !== view.getUint32(end - 4)) {
        throw new InputError(where, `the CRC-32 of the PNG chunk ${type}`, "another (damaged)");
      }
      chunks.push({ type, begin: at, end });
    }
    if (type === "IEND") return chunks;
    at = end;
  }
}

/** Unpacks the pixels once without keeping them: the decoder would keep however much comes out. */
function checkContent(
  bytes: Uint8Array,
  chunks: readonly Chunk[],
  header: PictureHeader,
  where: string,
): void {
  if (chunks.filter(({ type }) => type === "IHDR").length !== 1) {
    throw new InputError(where, "a PNG file with one IHDR", "several");
  }
  const expected = packedSize(header, bytes[28] === 1);
  let size = 0;
  const inflator = new Unzlib((part) => {
    size += part.length;
  });
  try {
    for (const { begin, end } of chunks.filter(({ type }) => type === "IDAT")) {
      for (let at = begin + 8; at < end - 4; at += slice) {
        inflator.push(bytes.slice(at, Math.min(end - 4, at + slice)), false);
        if (size > expected) break;
      }
    }
    if (size <= expected) inflator.push(new Uint8Array(0), true);
  } catch {
    throw new InputError(where, "PNG pixels that can be unpacked", "damaged ones");
  }
  if (size === expected) return;
  const got = size > expected ? "more" : String(size);
  throw new InputError(where, `${expected} bytes of PNG pixels, as its header says`, got);
}

/** Bytes of the filtered rows; of an interlaced picture, those of its seven passes. */
function packedSize({ rows, columns, channels, bits }: PictureHeader, interlaced: boolean): number {
  const passes = interlaced
    ? [
        [0, 0, 8, 8],
        [0, 4, 8, 8],
        [4, 0, 8, 4],
        [0, 2, 4, 4],
        [2, 0, 4, 2],
        [0, 1, 2, 2],
        [1, 0, 2, 1],
      ]
    : [[0, 0, 1, 1]];
  let size = 0;
  for (const [top, left, down, right] of passes as [number, number, number, number][]) {
    const [high, wide] = [Math.ceil((rows - top) / down), Math.ceil((columns - left) / right)];
    if (high > 0 && wide > 0) size += high * (1 + Math.ceil((wide * channels * bits) / 8));
  }
  return size;
}

function withChunks(bytes: Uint8Array, chunks: readonly Chunk[]): Uint8Array {
  const size = chunks.reduce((sum, { begin, end }) => sum + end - begin, signature.length);
  const plain = new Uint8Array(size);
  plain.set(signature);
  let to = signature.length;
  for (const { begin, end } of chunks) {
    plain.set(bytes.subarray(begin, end), to);
    to += end - begin;
  }
  return plain;
}

/** One byte a value: 16 bits are rounded to 8; fewer than 8 are spread over 0..255, unless they are indices. */
function unpackValues(data: ArrayLike<number>, header: PictureHeader): Uint8Array {
  const { rows, columns, channels, bits, hasPalette } = header;
  const count = rows * columns * channels;
  if (bits === 16) return Uint8Array.from({ length: count }, (_, i) => byteOf16(data[i]!));
  if (bits === 8) return Uint8Array.from(data);
  const values = new Uint8Array(count);
  const stride = Math.ceil((columns * bits) / 8);
  const mask = 2 ** bits - 1;
  const factor = hasPalette ? 1 : 255 / mask;
  for (let at = 0; at < count; at++) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const byte = data[row * stride + Math.floor((column * bits) / 8)]!;
    values[at] = ((byte >> (8 - bits - ((column * bits) % 8))) & mask) * factor;
  }
  return values;
}

function withColours(
  indices: Uint8Array,
  palette: readonly (readonly number[])[],
  header: PictureHeader,
  where: string,
): DecodedPicture {
  const channels = palette.some((colour) => colour.length === 4) ? 4 : 3;
  const values = new Uint8Array(indices.length * channels);
  for (let at = 0; at < indices.length; at++) {
    const colour = palette[indices[at]!];
    if (colour === undefined) {
      const expected = `indices below ${palette.length}, the size of the PNG palette`;
      throw new InputError(where, expected, String(indices[at]));
    }
    for (let channel = 0; channel < channels; channel++) {
      values[at * channels + channel] = colour[channel] ?? 255;
    }
  }
  return { ...header, channels, values, orientation: 1 };
}

/** Where the file names one colour that is transparent, an alpha channel. */
function withAlpha(
  values: Uint8Array,
  transparent: Uint16Array | undefined,
  header: PictureHeader,
): DecodedPicture {
  const { channels, bits } = header;
  if (transparent === undefined || transparent.length !== channels || channels % 2 === 0) {
    return { ...header, values, orientation: 1 };
  }
  const scale = bits < 8 ? 255 / (2 ** bits - 1) : 1;
  const colour = [...transparent].map((v) => (bits === 16 ? byteOf16(v) : v * scale));
  const count = values.length / channels;
  const all = new Uint8Array(count * (channels + 1)).fill(255);
  for (let at = 0; at < count; at++) {
    const pixel = values.subarray(at * channels, (at + 1) * channels);
    all.set(pixel, at * (channels + 1));
    if (pixel.every((v, i) => v === colour[i])) all[at * (channels + 1) + channels] = 0;
  }
  return { ...header, channels: channels === 1 ? 2 : 4, values: all, orientation: 1 };
}
