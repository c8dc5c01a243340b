import { InputError } from "../../../errors.js";
import {
  checkPictureSize,
  cutPicture,
  type DecodedPicture,
  type PictureHeader,
} from "./picture.js";

/** P2 and P5 are grey, P3 and P6 red, green and blue; P2 and P3 are text. */
const kinds = ["P2", "P3", "P5", "P6"] as const;

interface Layout {
  readonly header: PictureHeader;
  readonly most: number;
  readonly isText: boolean;
  /** Where the values begin. */
  readonly begin: number;
}

export function isPnm(bytes: Uint8Array): boolean {
  return kinds.some((kind) => kind === magicOf(bytes)) && isSpace(bytes[2]);
}

function magicOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 2));
}

/**
 * What the header of a PGM or PPM file says (P2, P3, P5, P6 of Netpbm).
 *
 * @throws InputError where it is damaged
 */
function readLayout(bytes: Uint8Array, where: string): Layout {
  const magic = magicOf(bytes);
  const numbers: number[] = [];
  let at = 2;
  for (const [what, least, largest] of [
    ["columns", 1, 2 ** 31],
    ["rows", 1, 2 ** 31],
    ["a largest value", 1, 65_535],
  ] as const) {
    const read = readNumber(bytes, at);
    if (read === undefined || read.value < least || read.value > largest) {
      const got = read === undefined ? "none" : String(read.value);
      throw new InputError(where, `${what} of ${least}..${largest} in a ${magic} header`, got);
    }
    numbers.push(read.value);
    at = read.end;
  }
  const [columns, rows, most] = numbers as [number, number, number];
  const isText = magic === "P2" || magic === "P3";
  const channels = magic === "P2" || magic === "P5" ? 1 : 3;
  const bits = most > 255 ? 16 : 8;
  return {
    header: { format: "PNM", rows, columns, channels, bits, hasPalette: false },
    most,
    isText,
    // One white character ends the header of a binary file.
    begin: at + 1,
  };
}

/**
 * Decodes a PGM or PPM picture; values are spread from 0..largest over 0..255.
 *
 * @throws InputError where the file is cut or damaged
 */
export function decodePnm(bytes: Uint8Array, where: string): DecodedPicture {
  const layout = readLayout(bytes, where);
  const { header, most } = layout;
  checkPictureSize(where, header);
  const count = header.rows * header.columns * header.channels;
  const size = header.bits / 8;
  // In a text each value has a digit and a white character.
  const needed = layout.begin + (layout.isText ? 2 * count - 1 : count * size);
  if (needed > bytes.length) throw cutPicture(where, needed, bytes.length);
  const values = new Uint8Array(count);
  const next = layout.isText ? textReader(bytes, layout, where) : binaryReader(bytes, layout);
  for (let i = 0; i < count; i++) {
    const value = next();
    if (value > most) throw new InputError(where, `values of 0..${most}`, String(value));
    values[i] = most === 255 ? value : Math.floor((value * 255) / most + 0.5);
  }
  return { ...header, values, orientation: 1 };
}

function binaryReader(bytes: Uint8Array, { begin, header }: Layout): () => number {
  let at = begin;
  if (header.bits === 8) return () => bytes[at++]!;
  return () => {
    at += 2;
    return bytes[at - 2]! * 256 + bytes[at - 1]!;
  };
}

function textReader(bytes: Uint8Array, { begin }: Layout, where: string): () => number {
  let at = begin - 1;
  return () => {
    const read = readNumber(bytes, at);
    if (read === undefined) throw new InputError(where, "a number for each value", "none");
    at = read.end;
    return read.value;
  };
}

/** The next number after white characters and comments; undefined where there is none. */
function readNumber(bytes: Uint8Array, from: number): { value: number; end: number } | undefined {
  let at = from;
  for (; at < bytes.length; at++) {
    if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at++;
    else if (!isSpace(bytes[at])) break;
  }
  const begin = at;
  let value = 0;
  for (; at < bytes.length && bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) {
    value = Math.min(2 ** 40, value * 10 + bytes[at]! - 0x30);
  }
  return at === begin || at - begin > 12 ? undefined : { value, end: at };
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}
