import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { readNpyHeader } from "./npy.js";

/** An array of numbers as NumPy writes it. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** In C order. */
  readonly values: Uint8Array | Int32Array | Float32Array | Float64Array;
}

type Read = (view: DataView, at: number, little: boolean) => number;

/** NumPy's types by kind and bytes, and how a value is read. */
const types: Readonly<Record<string, { readonly size: number; readonly read: Read }>> = {
  b1: { size: 1, read: (view, at) => view.getUint8(at) },
  i1: { size: 1, read: (view, at) => view.getInt8(at) },
  u2: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  i2: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  u4: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  i4: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  u8: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i8: { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  f4: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
};

/**
 * Parses an array of numbers in NumPy's format (NEP 1, versions 1 to 3), in C order.
 *
 * @param where the file's name, for errors
 * @throws InputError where it is none, is of another type or order, or its length is another
 */
export function parseNpy(bytes: Uint8Array, where: string): NpyArray {
  const { type, shape, begin, isFortran } = readNpyHeader(bytes, where);
  if (isFortran && shape.length > 1) {
    throw new InputError(where, "an array in C order", "Fortran order");
  }
  const length = shape.reduce((product, size) => product * BigInt(size), 1n);
  const kind = type.slice(1);
  const found = kind === "u1" ? { size: 1, read: undefined } : types[kind];
  if (!found || !/^[<>|=]/.test(type)) {
    const expected = "an array of whole numbers, or of float32 or float64";
    throw new InputError(where, expected, excerpt(type));
  }
  const stored = bytes.subarray(begin);
  if (BigInt(stored.length) !== length * BigInt(found.size)) {
    const expected = `${length} values of ${found.size} bytes, as its header says`;
    throw new InputError(where, expected, `${stored.length} bytes`);
  }
  if (!found.read) return { shape, values: stored };
  const { size, read } = found;
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const count = stored.length / size;
  const values = kind === "f4" ? new Float32Array(count) : new Float64Array(count);
  for (let at = 0; at < count; at++) values[at] = read(view, at * size, type[0] !== ">");
  return { shape, values };
}
