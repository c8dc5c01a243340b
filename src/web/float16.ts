const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/**
 * The bits of the float16 next to a number (IEEE 754 binary16), ties to even. Above 65,519 it is infinite; NaN stays.
 */
export function float16Bits(value: number): number {
  floats[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rounded = magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1);
    return sign | (rounded >>> 13);
  }
  // Below 2⁻¹⁴ the step is 2⁻²⁴.
  const steps = Math.abs(floats[0]!) * 2 ** 24;
  const down = Math.floor(steps);
  const rest = steps - down;
  const up = rest > 0.5 || (rest === 0.5 && down % 2 === 1);
  return sign | (down + Number(up));
}
