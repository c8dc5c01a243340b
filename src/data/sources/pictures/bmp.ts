import { InputError } from "../../../errors.js";
import {
  checkPictureSize,
  cutPicture,
  type DecodedPicture,
  type PictureHeader,
} from "./picture.js";

/** Bytes of the header of a file, which that of the picture follows. */
const fileHeader = 14;

/** What the headers say about the pixels. */
interface Layout {
  readonly header: PictureHeader;
  readonly pixels: number;
  readonly isTopDown: boolean;
  /** Where the palette begins, bytes of an entry, and entries. */
  readonly palette: { readonly begin: number; readonly step: number; readonly count: number };
  /** Bits of red, green, blue and alpha in a pixel of 16 or 32 bits. */
  readonly masks: readonly number[];
}

export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/**
 * What a BMP file's headers say.
 *
 * @throws InputError where they are cut or of a kind that is not read
 */
function readLayout(bytes: Uint8Array, where: string): Layout {
  if (bytes.length < 26) throw cutPicture(where, 26, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(fileHeader, true);
  const isOld = size === 12;
  if (!isOld && (size < 40 || size > 124)) {
    throw new InputError(where, "a BMP header of 12 or 40..124 bytes", String(size));
  }
  if (fileHeader + size > bytes.length) throw cutPicture(where, fileHeader + size, bytes.length);
  const columns = isOld ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = isOld ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isOld ? 24 : 28, true);
  const compression = isOld ? 0 : view.getUint32(30, true);
  if (![1, 4, 8, 16, 24, 32].includes(bits)) {
    throw new InputError(where, "a BMP picture of 1, 4, 8, 16, 24 or 32 bits", String(bits));
  }
  const isMasked = compression === 3 && bits >= 16 && bits !== 24;
  if (compression !== 0 && !isMasked) {
    const got = `compression ${compression} of ${bits} bits`;
    throw new InputError(where, "a BMP picture without compression", got);
  }
  const masks = isMasked ? readMasks(view, size, where) : defaultMasks(bits);
  const stated = isOld ? 0 : view.getUint32(46, true);
  const extra = isMasked && size === 40 ? 12 : 0;
  const palette = {
    begin: fileHeader + size + extra,
    step: isOld ? 3 : 4,
    count: bits > 8 ? 0 : Math.min(stated || 2 ** bits, 2 ** bits),
  };
  const channels = masks[3] === 0 ? 3 : 4;
  return {
    header: {
      format: "BMP",
      rows: Math.abs(height),
      columns,
      channels,
      bits: Math.min(bits, 8),
      hasPalette: bits <= 8,
    },
    pixels: view.getUint32(10, true),
    isTopDown: height < 0,
    palette,
    masks,
  };
}

function defaultMasks(bits: number): readonly number[] {
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f, 0] : [0xff0000, 0xff00, 0xff, 0];
}

function readMasks(view: DataView, size: number, where: string): readonly number[] {
  const count = size >= 56 ? 4 : 3;
  const begin = fileHeader + 40;
  if (begin + 4 * count > view.byteLength) {
    throw cutPicture(where, begin + 4 * count, view.byteLength);
  }
  const masks = Array.from({ length: count }, (_, i) => view.getUint32(begin + 4 * i, true));
  return [...masks, 0].slice(0, 4);
}

/**
 * Decodes a BMP picture without compression: 1, 4 and 8 bits by its palette, 16, 24 and 32 bits as colours.
 *
 * @throws InputError where the file is cut or damaged
 */
export function decodeBmp(bytes: Uint8Array, where: string): DecodedPicture {
  const layout = readLayout(bytes, where);
  const { header, pixels, isTopDown } = layout;
  checkPictureSize(where, header);
  const { rows, columns, channels } = header;
  const bits = new DataView(bytes.buffer, bytes.byteOffset).getUint16(
    layout.palette.step === 3 ? 24 : 28,
    true,
  );
  const stride = Math.ceil((columns * bits) / 32) * 4;
  const needed = pixels + stride * rows;
  if (needed > bytes.length) throw cutPicture(where, needed, bytes.length);
  const colourAt =
    bits <= 8 ? paletteReader(bytes, layout, bits, where) : maskReader(bytes, layout, bits);
  const values = new Uint8Array(rows * columns * channels);
  for (let row = 0; row < rows; row++) {
    const from = pixels + stride * (isTopDown ? row : rows - 1 - row);
    for (let column = 0; column < columns; column++) {
      colourAt(from, column, values, (row * columns + column) * channels);
    }
  }
  return { ...header, values, orientation: 1 };
}

/** Writes the colour of a row's pixel. */
type ColourReader = (from: number, column: number, to: Uint8Array, at: number) => void;

function paletteReader(
  bytes: Uint8Array,
  layout: Layout,
  bits: number,
  where: string,
): ColourReader {
  const { begin, step, count } = layout.palette;
  if (begin + step * count > bytes.length) {
    throw cutPicture(where, begin + step * count, bytes.length);
  }
  const mask = 2 ** bits - 1;
  return (from, column, to, at) => {
    const shift = 8 - bits - ((column * bits) % 8);
    const index = (bytes[from + Math.floor((column * bits) / 8)]! >> shift) & mask;
    if (index >= count) {
      const expected = `indices below ${count}, the size of the BMP palette`;
      throw new InputError(where, expected, String(index));
    }
    for (let channel = 0; channel < 3; channel++) {
      to[at + channel] = bytes[begin + step * index + 2 - channel]!;
    }
  };
}

function maskReader(bytes: Uint8Array, { header, masks }: Layout, bits: number): ColourReader {
  const size = bits / 8;
  const parts = masks.slice(0, header.channels).map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, most: mask >>> shift };
  });
  return (from, column, to, at) => {
    let word = 0;
    for (let i = size - 1; i >= 0; i--) word = word * 256 + bytes[from + column * size + i]!;
    parts.forEach(({ mask, shift, most }, channel) => {
      const value = (word & mask) >>> shift;
      to[at + channel] = most === 0 ? 0 : Math.floor((value * 255) / most + 0.5);
    });
  };
}
