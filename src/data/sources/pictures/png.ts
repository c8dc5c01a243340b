import { Unzlib, unzlibSync } from "fflate";
import { InputError } from "../../../errors.js";
import { crc32 } from "../../../formats/crc32.js";
import { exifOrientation } from "./exif.js";
import {
  byteOf16,
  checkPictureSize,
  cutPicture,
  type DecodedPicture,
  type PictureHeader,
} from "./picture.js";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Chunks that decide pixels. */
const kept = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
/** Says how to turn the picture; a damaged one says nothing. */
const exif = "eXIf";
/** A chunk's length, type and CRC-32. */
const frame = 12;
/** So many compressed bytes are unpacked at once: at most 16 MiB come out of them. */
const slice = 16 * 1024;
/** Nothing unpacks to more than so many times its size. */
const highestRatio = 1032;
/** So many compressed bytes are unpacked in one go. */
const few = 64 * 1024;

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
function readPngHeader(bytes: Uint8Array, where: string): PictureHeader {
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
  if (bytes[26] !== 0 || bytes[27] !== 0 || bytes[28]! > 1) {
    throw new InputError(where, "PNG's compression, filters and interlacing", "others");
  }
  const [rows, columns] = [view.getUint32(20), view.getUint32(16)];
  return { format: "PNG", rows, columns, channels: colours.channels, bits, hasPalette: type === 3 };
}

/**
 * Decodes a PNG picture. Palettes become colours, transparent colours alpha; of an animation the first frame counts.
 * The chunk eXIf says how to turn it, as in JPEG.
 *
 * The pixels are unpacked here, into as many bytes as the header asks for: no decoder that was tried stops a small file
 * from filling the memory.
 *
 * @throws InputError where the file is cut or damaged
 */
export function decodePng(bytes: Uint8Array, where: string): DecodedPicture {
  const header = readPngHeader(bytes, where);
  checkPictureSize(where, header);
  const chunks = readChunks(bytes, where);
  const content = (type: string) => {
    const found = chunks.find((chunk) => chunk.type === type);
    return found && bytes.subarray(found.begin + 8, found.end - 4);
  };
  const passes = passesOf(header, bytes[28] === 1);
  const packed = unpackPixels(bytes, chunks, passes, where);
  const values = readPasses(packed, passes, header, where);
  const transparent = content("tRNS");
  const decoded = header.hasPalette
    ? withColours(
        values,
        content("PLTE") ?? new Uint8Array(0),
        transparent ?? new Uint8Array(0),
        header,
        where,
      )
    : withAlpha(values, transparent, header);
  return { ...decoded, orientation: exifOrientation(content(exif) ?? new Uint8Array(0)) };
}

function readChunks(bytes: Uint8Array, where: string): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = signature.length; ; ) {
    if (at + frame > bytes.length) throw cutPicture(where, at + frame, bytes.length);
    const end = at + frame + view.getUint32(at);
    if (end > bytes.length) throw cutPicture(where, end, bytes.length);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (kept.includes(type) || type === exif) {
      const isWhole = crc32(bytes.subarray(at + 4, end - 4)) === view.getUint32(end - 4);
      if (isWhole) chunks.push({ type, begin: at, end });
      else if (type !== exif) {
        throw new InputError(where, `the CRC-32 of the PNG chunk ${type}`, "another (damaged)");
      }
    }
    if (type === "IEND") return chunks;
    at = end;
  }
}

/** A pass of an interlaced picture, or all of another: its first pixel, the steps to the next ones, and its size. */
interface Pass {
  readonly top: number;
  readonly left: number;
  readonly down: number;
  readonly across: number;
  readonly rows: number;
  readonly columns: number;
  /** Bytes of a row, without that of its filter. */
  readonly stride: number;
}

/** Adam7's passes: first row and column, steps down and across. */
const adam7 = [
  [0, 0, 8, 8],
  [0, 4, 8, 8],
  [4, 0, 8, 4],
  [0, 2, 4, 4],
  [2, 0, 4, 2],
  [0, 1, 2, 2],
  [1, 0, 2, 1],
] as const;

function passesOf({ rows, columns, channels, bits }: PictureHeader, interlaced: boolean): Pass[] {
  return (interlaced ? adam7 : ([[0, 0, 1, 1]] as const))
    .map(([top, left, down, across]): Pass => {
      const [high, wide] = [Math.ceil((rows - top) / down), Math.ceil((columns - left) / across)];
      const stride = Math.ceil((wide * channels * bits) / 8);
      return { top, left, down, across, rows: high, columns: wide, stride };
    })
    .filter((pass) => pass.rows > 0 && pass.columns > 0);
}

/** The filtered rows of all passes. */
function unpackPixels(
  bytes: Uint8Array,
  chunks: readonly Chunk[],
  passes: readonly Pass[],
  where: string,
): Uint8Array {
  const expected = passes.reduce((sum, { rows, stride }) => sum + rows * (1 + stride), 0);
  const data = chunks.filter(({ type }) => type === "IDAT");
  const stored = data.reduce((sum, { begin, end }) => sum + end - begin - frame, 0);
  if (expected > highestRatio * stored) {
    throw new InputError(where, `${expected} bytes of PNG pixels, as its header says`, "fewer");
  }
  let got: number;
  const packed = new Uint8Array(expected + 1);
  try {
    got =
      stored <= few && data.length === 1
        ? unzlibSync(bytes.subarray(data[0]!.begin + 8, data[0]!.end - 4), { out: packed }).length
        : unpackLarge(bytes, data, packed);
  } catch {
    throw new InputError(where, "PNG pixels that can be unpacked", "damaged ones");
  }
  if (got === expected) return packed;
  const size = got > expected ? "more" : String(got);
  throw new InputError(where, `${expected} bytes of PNG pixels, as its header says`, size);
}

/** Unpacks slice by slice, and no further than the room that there is. */
function unpackLarge(bytes: Uint8Array, data: readonly Chunk[], to: Uint8Array): number {
  let size = 0;
  const inflator = new Unzlib((part) => {
    if (size + part.length <= to.length) to.set(part, size);
    size += part.length;
  });
  for (const { begin, end } of data) {
    for (let at = begin + 8; at < end - 4 && size < to.length; at += slice) {
      inflator.push(bytes.slice(at, Math.min(end - 4, at + slice)), false);
    }
  }
  if (size < to.length) inflator.push(new Uint8Array(0), true);
  return size;
}

/** Undoes the filters, and gives one byte a value. */
function readPasses(
  packed: Uint8Array,
  passes: readonly Pass[],
  header: PictureHeader,
  where: string,
): Uint8Array {
  const { rows, columns, channels, bits } = header;
  const values = new Uint8Array(rows * columns * channels);
  const distance = Math.max(1, (channels * bits) / 8);
  const read = valueReader(header);
  let at = 0;
  for (const pass of passes) {
    let above: Uint8Array = new Uint8Array(pass.stride);
    for (let row = 0; row < pass.rows; row++) {
      const line = packed.subarray(at + 1, at + 1 + pass.stride);
      unfilter(packed[at]!, line, above, distance, where);
      at += 1 + pass.stride;
      above = line;
      const to = (pass.top + row * pass.down) * columns + pass.left;
      for (let column = 0; column < pass.columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const value = read(line, column * channels + channel);
          values[(to + column * pass.across) * channels + channel] = value;
        }
      }
    }
  }
  return values;
}

/** Adds to each byte what its filter subtracted (PNG specification, section 9). */
function unfilter(
  filter: number,
  line: Uint8Array,
  above: Uint8Array,
  distance: number,
  where: string,
): void {
  if (filter > 4) throw new InputError(where, "PNG filters 0..4", String(filter));
  if (filter === 0) return;
  for (let i = 0; i < line.length; i++) {
    const left = i < distance ? 0 : line[i - distance]!;
    const up = above[i]!;
    if (filter === 1) line[i] = line[i]! + left;
    else if (filter === 2) line[i] = line[i]! + up;
    else if (filter === 3) line[i] = line[i]! + ((left + up) >> 1);
    else line[i] = line[i]! + paeth(left, up, i < distance ? 0 : above[i - distance]!);
  }
}

/** Whichever of left, up and corner is nearest to left + up − corner, in this order. */
function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [
    Math.abs(up - corner),
    Math.abs(left - corner),
    Math.abs(left + up - 2 * corner),
  ];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** 16 bits are rounded to 8; fewer than 8 are spread over 0..255, unless they are indices. */
function valueReader({
  bits,
  hasPalette,
}: PictureHeader): (line: Uint8Array, at: number) => number {
  if (bits === 8) return (line, at) => line[at]!;
  if (bits === 16) return (line, at) => byteOf16(line[2 * at]! * 256 + line[2 * at + 1]!);
  const mask = 2 ** bits - 1;
  const factor = hasPalette ? 1 : 255 / mask;
  return (line, at) => {
    const shift = 8 - bits - ((at * bits) % 8);
    return ((line[Math.floor((at * bits) / 8)]! >> shift) & mask) * factor;
  };
}

function withColours(
  indices: Uint8Array,
  palette: Uint8Array,
  alphas: Uint8Array,
  header: PictureHeader,
  where: string,
): DecodedPicture {
  const channels = alphas.length > 0 ? 4 : 3;
  const size = Math.floor(palette.length / 3);
  const values = new Uint8Array(indices.length * channels);
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at]!;
    if (index >= size) {
      const expected = `indices below ${size}, the size of the PNG palette`;
      throw new InputError(where, expected, String(index));
    }
    for (let channel = 0; channel < 3; channel++) {
      values[at * channels + channel] = palette[3 * index + channel]!;
    }
    if (channels === 4) values[at * 4 + 3] = alphas[index] ?? 255;
  }
  return { ...header, channels, values, orientation: 1 };
}

/** Where the file names one colour that is transparent, an alpha channel. */
function withAlpha(
  values: Uint8Array,
  transparent: Uint8Array | undefined,
  header: PictureHeader,
): DecodedPicture {
  const { channels, bits } = header;
  if (transparent === undefined || transparent.length !== 2 * channels || channels % 2 === 0) {
    return { ...header, values, orientation: 1 };
  }
  const scale = bits < 8 ? 255 / (2 ** bits - 1) : 1;
  const colour = Array.from({ length: channels }, (_, channel) => {
    const value = transparent[2 * channel]! * 256 + transparent[2 * channel + 1]!;
    return bits === 16 ? byteOf16(value) : value * scale;
  });
  const count = values.length / channels;
  const all = new Uint8Array(count * (channels + 1)).fill(255);
  for (let at = 0; at < count; at++) {
    const pixel = values.subarray(at * channels, (at + 1) * channels);
    all.set(pixel, at * (channels + 1));
    if (pixel.every((v, i) => v === colour[i])) all[at * (channels + 1) + channels] = 0;
  }
  return { ...header, channels: channels === 1 ? 2 : 4, values: all, orientation: 1 };
}
