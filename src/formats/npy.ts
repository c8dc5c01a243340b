import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";

/** An array of bytes as NumPy writes it. */
export interface NpyBytes {
  readonly shape: readonly number[];
  /** Its values in C order; a view of the file. */
  readonly values: Uint8Array;
}

/** A byte 0x93, then `NUMPY`. */
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** A header of more is none. */
const longestHeader = 64 * 1024;

/**
 * Parses an array of `uint8` in NumPy's format (NEP 1, versions 1 to 3).
 *
 * @param where the file's name, for errors
 * @throws InputError where it is none, is of another type or order, or its length is another
 */
export function parseNpyBytes(bytes: Uint8Array, where: string): NpyBytes {
  const { type, isFortran, shape, begin } = readNpyHeader(bytes, where);
  if (type !== "|u1" || isFortran) {
    const got = isFortran ? "Fortran order" : excerpt(type);
    throw new InputError(where, "an array of uint8 (|u1) in C order", got);
  }
  const length = shape.reduce((product, size) => product * BigInt(size), 1n);
  const values = bytes.subarray(begin);
  if (BigInt(values.length) !== length) {
    throw new InputError(where, `${length} values, as its header says`, String(values.length));
  }
  return { shape, values };
}

/** What the header of an array in NumPy's format says. */
export interface NpyHeader {
  /** As NumPy's `dtype.str`: `|u1`, `<f4`. */
  readonly type: string;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly begin: number;
}

/** @throws InputError where the bytes do not begin with such a header */
export function readNpyHeader(bytes: Uint8Array, where: string): NpyHeader {
  const { header, begin } = readHeader(bytes, where);
  const type = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (type === undefined || order === undefined || shape === undefined) {
    throw new InputError(where, "NumPy's descr, fortran_order and shape", excerpt(header));
  }
  const sizes = shape.split(",").map((size) => size.trim());
  const dimensions = sizes.filter((size) => size !== "").map(Number);
  if (!dimensions.every((size) => Number.isSafeInteger(size))) {
    throw new InputError(where, "a shape of whole numbers in the NumPy header", excerpt(shape));
  }
  return { type, isFortran: order === "True", shape: dimensions, begin };
}

function readHeader(bytes: Uint8Array, where: string): { header: string; begin: number } {
  if (!magic.every((byte, index) => bytes[index] === byte)) {
    throw new InputError(where, "an array in NumPy's format", "other bytes");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = bytes[6] === 1 ? 10 : 12;
  if (bytes.length < from) throw new InputError(where, "a whole NumPy header", "a cut one");
  const length = from === 10 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader || from + length > bytes.length) {
    throw new InputError(where, "a NumPy header within the file", `one of ${length} bytes`);
  }
  return { header: latin1(bytes.subarray(from, from + length)), begin: from + length };
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
