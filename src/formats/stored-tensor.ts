/**
 * The element types that files hold, by their safetensors names, and the array that holds each.
 * JavaScript has no array of 16-bit floats that Node 20 knows, nor of 8-bit floats: `F16`, `BF16` and `F8_…`
 * are their bits.
 */
export const storedArrays = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
  F8_E4M3FNUZ: Uint8Array,
  F8_E5M2FNUZ: Uint8Array,
  F8_E8M0: Uint8Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

/** The element type of a stored tensor, by its safetensors name. */
export type StoredDtype = keyof typeof storedArrays;

/** One tensor of a file, row-major; `BOOL` is one byte a value, 0 or 1. */
export interface StoredTensor {
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  readonly values: InstanceType<(typeof storedArrays)[StoredDtype]>;
}
