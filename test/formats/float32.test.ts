import { expect, test } from "vitest";
import { toFloat32 } from "../../src/formats/float32.js";
import type { StoredDtype, StoredTensor } from "../../src/formats/stored-tensor.js";

function convert(dtype: StoredDtype, values: StoredTensor["values"]): number[] | undefined {
  const tensor = toFloat32({ dtype, shape: [values.length], values });
  return tensor && [...tensor.values];
}

test("half precision", () => {
  const bits = [
    0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x3555, 0x7c00, 0xfc00,
  ];
  const tiny = 2 ** -24;
  const expected = [
    0,
    -0,
    1,
    -2,
    65504,
    2 ** -14,
    tiny,
    -1023 * tiny,
    0.333251953125,
    Infinity,
    -Infinity,
  ];
  expect(convert("F16", new Uint16Array(bits))).toEqual(expected);
  expect(convert("F16", new Uint16Array([0x7e00, 0xfc01]))).toEqual([Number.NaN, Number.NaN]);
});

test("every finite half is a different number, in the order of its bits", () => {
  const halves = convert(
    "F16",
    Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits),
  )!;
  expect(halves.every((half, bits) => bits === 0 || half > halves[bits - 1]!)).toBe(true);
});

test("bfloat16 is the upper half of a float32", () => {
  const bits = [0x0000, 0x8000, 0x3f80, 0xc040, 0x7f7f, 0x0001, 0x7f80, 0xff80, 0x7fc0];
  const expected = [
    0,
    -0,
    1,
    -3,
    3.3895313892515355e38,
    2 ** -133,
    Infinity,
    -Infinity,
    Number.NaN,
  ];
  expect(convert("BF16", new Uint16Array(bits))).toEqual(expected);
});

test("float64 is rounded, float32 kept as it is", () => {
  expect(convert("F64", new Float64Array([0.1, 1e300]))).toEqual([Math.fround(0.1), Infinity]);
  const values = new Float32Array([1, 2]);
  expect(toFloat32({ dtype: "F32", shape: [2], values })?.values).toBe(values);
});

test("integers and booleans are not parameters", () => {
  expect(convert("I64", new BigInt64Array(1))).toBeUndefined();
  expect(convert("BOOL", new Uint8Array(1))).toBeUndefined();
});
