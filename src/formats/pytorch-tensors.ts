import { PickleObject } from "./pickle.js";
import type { Storage } from "./pytorch-storages.js";
import { type StoredDtype, type StoredTensor, storedArrays } from "./stored-tensor.js";

/** A view of a storage, which may share it, have holes, or show an element many times. */
export interface TensorView {
  readonly storage: Storage;
  /** How the storage's bytes are read. */
  readonly dtype: StoredDtype;
  /** The first element, counted in elements, as strides are. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Whether the tensor's values are those of the storage with the other sign (`torch._neg_view`). */
  readonly isNegated: boolean;
}

/** A tensor that is read. */
export class StridedTensor extends PickleObject {
  readonly kind = "a tensor";

  constructor(readonly view: TensorView) {
    super();
  }

  get dtype(): StoredDtype {
    return this.view.dtype;
  }

  get shape(): readonly number[] {
    return this.view.shape;
  }

  /** Of a copy of what it shows. */
  get byteLength(): number {
    return countElements(this.shape) * storedArrays[this.dtype].BYTES_PER_ELEMENT;
  }
}

const floats: ReadonlySet<StoredDtype> = new Set(["F64", "F32", "F16", "BF16"]);

/** The types of which a tensor may show its storage's values with the other sign. */
export const negatable: ReadonlySet<StoredDtype> = new Set([
  ...floats,
  ...(["I64", "I32", "I16", "I8", "U8"] as const),
]);

/** A copy of the elements that a tensor shows, row-major. */
export function copyTensor({ view }: StridedTensor): StoredTensor {
  const { dtype, shape } = view;
  const values = copyValues(view);
  if (view.isNegated) negate(dtype, values);
  return { dtype, shape, values };
}

function copyValues({ storage, dtype, offset, shape, strides }: TensorView) {
  const elements = storage.elementsAs(dtype);
  const count = countElements(shape);
  if (isContiguous(shape, strides)) return elements.slice(offset, offset + count);
  const values = new storedArrays[dtype](count);
  const [from, to] = [asBits(elements), asBits(values)];
  const index = shape.map(() => 0);
  let source = offset;
  for (let target = 0; target < count; target++) {
    to[target] = from[source]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return values;
}

/** A float's sign is the highest bit of its last byte; an integer wraps around, as in PyTorch. */
function negate(dtype: StoredDtype, values: StoredTensor["values"]): void {
  if (floats.has(dtype)) {
    const width = values.BYTES_PER_ELEMENT;
    const bytes = new Uint8Array(values.buffer);
    for (let at = width - 1; at < bytes.length; at += width) bytes[at]! ^= 0x80;
  } else if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) values[i] = -values[i]!;
  } else {
    for (let i = 0; i < values.length; i++) values[i] = -values[i]!;
  }
}

/** The same memory as unsigned integers: copied as a float, a NaN may get other bits. */
function asBits({ buffer, BYTES_PER_ELEMENT: width }: StoredTensor["values"]) {
  if (width === 8) return new BigUint64Array(buffer);
  if (width === 4) return new Uint32Array(buffer);
  return width === 2 ? new Uint16Array(buffer) : new Uint8Array(buffer);
}

function countElements(shape: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((product, extent) => product * extent, 1);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}
