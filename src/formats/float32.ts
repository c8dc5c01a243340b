import type { Tensor32 } from "../graph/tensors.js";
import { fromFloat8 } from "./float8.js";
import type { StoredTensor } from "./stored-tensor.js";

/**
 * A floating-point tensor as float32: `F32` as it is, `F16`, `BF16` and 8-bit floats exactly (a
 * signalling NaN becomes a quiet one), `F64` rounded to the nearest, beyond float32's range to ±infinity.
 *
 * @returns undefined where the tensor holds integers or booleans
 * @example
 * const { tensors } = readSafetensors(writeSafetensors(parameters), "weights.safetensors");
 * for (const [name, stored] of tensors) console.log(name, toFloat32(stored)?.values.length);
 */
export function toFloat32({ dtype, shape, values }: StoredTensor): Tensor32 | undefined {
  switch (dtype) {
    case "F32":
      return { shape, values: values as Float32Array };
    case "F64":
      return { shape, values: new Float32Array(values as Float64Array) };
    case "F16":
      return { shape, values: fromHalves(values as Uint16Array) };
    case "BF16":
      return { shape, values: fromBfloat16(values as Uint16Array) };
    case "F8_E4M3":
    case "F8_E5M2":
    case "F8_E4M3FNUZ":
    case "F8_E5M2FNUZ":
    case "F8_E8M0":
      return { shape, values: fromFloat8(values as Uint8Array, dtype) };
    default:
      return undefined;
  }
}

function fromHalves(values: Uint16Array): Float32Array {
  const floats = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) floats[i] = fromHalf(values[i]!);
  return floats;
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 bits of fraction. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float32's bits. */
function fromBfloat16(values: Uint16Array): Float32Array {
  const bits = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = values[i]! * 0x10000;
  return new Float32Array(bits.buffer);
}
