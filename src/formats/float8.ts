/** The 8-bit floats that PyTorch has. */
export type Float8 = "F8_E4M3" | "F8_E5M2" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" | "F8_E8M0";

/** How the bits of a type are read, as in the Open Compute Project's formats and PyTorch's `c10/util/Float8_*.h`. */
interface Layout {
  readonly fractionBits: number;
  readonly bias: number;
  /** The value of the bits without their sign, where it is no number of the formula. */
  special(bits: number): number | undefined;
  /** What the bits 0x80, a zero with a minus sign, mean. */
  readonly negativeZero: number;
}

const layouts: Record<Exclude<Float8, "F8_E8M0">, Layout> = {
  F8_E4M3: {
    fractionBits: 3,
    bias: 7,
    special: (bits) => (bits === 0x7f ? Number.NaN : undefined),
    negativeZero: -0,
  },
  F8_E5M2: {
    fractionBits: 2,
    bias: 15,
    special: (bits) => (bits < 0x7c ? undefined : bits === 0x7c ? Infinity : Number.NaN),
    negativeZero: -0,
  },
  F8_E4M3FNUZ: {
    fractionBits: 3,
    bias: 8,
    special: () => undefined,
    negativeZero: Number.NaN,
  },
  F8_E5M2FNUZ: {
    fractionBits: 2,
    bias: 16,
    special: () => undefined,
    negativeZero: Number.NaN,
  },
};

/** 8-bit floats as float32, exactly. */
export function fromFloat8(values: Uint8Array, type: Float8): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, bits) =>
    type === "F8_E8M0" ? fromExponent(bits) : fromBits(bits, layouts[type]),
  );
  return Float32Array.from(values, (bits) => table[bits]!);
}

/** `2^(bits − 127)`; no sign, no zero. */
function fromExponent(bits: number): number {
  return bits === 0xff ? Number.NaN : 2 ** (bits - 127);
}

/** `± (1 + fraction) · 2^(exponent − bias)`; with exponent 0 `± fraction · 2^(1 − bias)`. */
function fromBits(bits: number, { fractionBits, bias, special, negativeZero }: Layout): number {
  if (bits === 0x80) return negativeZero;
  const sign = bits & 0x80 ? -1 : 1;
  const magnitude = bits & 0x7f;
  const known = special(magnitude);
  if (known !== undefined) return sign * known;
  const exponent = magnitude >> fractionBits;
  const fraction = (magnitude & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}
