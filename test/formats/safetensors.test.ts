import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.js";

const tensor = (shape: number[], values: number[]) => ({
  shape,
  values: new Float32Array(values),
});

const example = () =>
  writeSafetensors(
    new Map([
      ["10", tensor([2, 2], [1, 2, 3, 4])],
      ["conv1.weight", tensor([3], [5, 6, 7])],
      ["2", tensor([], [8])],
      ["empty", tensor([0, 4], [])],
    ]),
    { format: "pt", model: "stn" },
  );

/** A file with this header text and this many bytes of data. */
function file(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (offsets: number[], shape = [1], dtype = "F32") =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

describe("safetensors", () => {
  test("reads back what it wrote, in the same order", () => {
    const { tensors, metadata } = readSafetensors(example(), "a.safetensors");
    expect([...tensors.keys()]).toEqual(["10", "conv1.weight", "2", "empty"]);
    expect(metadata).toEqual({ format: "pt", model: "stn" });
    expect(tensors.get("10")).toEqual({
      dtype: "F32",
      shape: [2, 2],
      values: new Float32Array([1, 2, 3, 4]),
    });
    expect(tensors.get("2")?.shape).toEqual([]);
    expect(tensors.get("empty")?.values.length).toBe(0);
  });

  test("pads the header with spaces, so that the data begins at a multiple of 8 bytes", () => {
    const bytes = example();
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(text).toMatch(/^\{.*\} *$/);
  });

  test("keeps every bit of a value", () => {
    const bits = new Uint32Array([0x7fc00001, 0x80000000, 0x00000001, 0xff800000]);
    const bytes = writeSafetensors(
      new Map([["x", { shape: [4], values: new Float32Array(bits.buffer) }]]),
    );
    const { values } = readSafetensors(bytes, "x").tensors.get("x")!;
    expect(new Uint32Array(values.buffer as ArrayBuffer)).toEqual(bits);
  });

  test("reads a file that is a view into a larger buffer at an odd offset", () => {
    const bytes = example();
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    const expected = readSafetensors(bytes, "plain");
    expect(readSafetensors(larger.subarray(3), "view")).toEqual(expected);
    expect(readSafetensors(Buffer.from(larger).subarray(3), "buffer")).toEqual(expected);
  });

  test("reads other dtypes", () => {
    const bytes = file(
      `{"i":${entry([0, 8], [2], "I32")},"l":${entry([8, 16], [1], "I64")},"b":${entry([16, 17], [1], "BOOL")}}`,
      17,
    );
    const { tensors } = readSafetensors(bytes, "x");
    expect(tensors.get("i")?.values).toEqual(new Int32Array(2));
    expect(tensors.get("l")?.values).toEqual(new BigInt64Array(1));
    expect(tensors.get("b")?.values).toEqual(new Uint8Array(1));
  });

  test("reads 16-bit floats as their bits", () => {
    const header = `{"h":${entry([0, 4], [2], "F16")},"b":${entry([4, 6], [1], "BF16")}}`;
    const bytes = file(header, 6);
    bytes.set([0, 0x3c, 0, 0xbc, 0x80, 0x3f], bytes.length - 6);
    const { tensors } = readSafetensors(bytes, "x");
    expect(tensors.get("h")?.values).toEqual(new Uint16Array([0x3c00, 0xbc00]));
    expect(tensors.get("b")?.values).toEqual(new Uint16Array([0x3f80]));
  });

  test.each<[string, Uint8Array, string]>([
    ["too short", new Uint8Array(7), "a safetensors file of 8 bytes or more, got 7 bytes"],
    [
      "header length beyond the file",
      new Uint8Array(16).fill(255),
      "a safetensors header of at most 8 bytes, got 18446744073709551615",
    ],
    ["no JSON", file("{,}", 0), "a safetensors header in JSON, got other bytes"],
    ["no object", file("[1]", 0), "a safetensors header that is a JSON object, got [1]"],
    [
      "metadata that is no text",
      file('{"__metadata__":{"a":1}}', 0),
      '__metadata__."a" to be a string, got 1',
    ],
    [
      "unknown dtype",
      file(`{"a":${entry([0, 4], [1], "Q4")}}`, 4),
      'the dtype of "a" to be one of F64, F32, F16, BF16, F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, got "Q4"',
    ],
    [
      "dtype from the prototype",
      file(`{"a":${entry([0, 4], [1], "constructor")}}`, 4),
      'the dtype of "a" to be one of F64, F32, F16, BF16, F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, got "constructor"',
    ],
    [
      "negative size",
      file(`{"a":${entry([0, 4], [-1])}}`, 4),
      'the shape of "a" to be a list of sizes, got [-1]',
    ],
    [
      "lists in lists, deeper than a stack",
      file(`{"a":{"dtype":"F32","shape":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`, 4),
      'the shape of "a" to be a list of sizes, got lists nested too deeply',
    ],
    [
      "offsets out of range",
      file(`{"a":${entry([0, 400], [100])}}`, 4),
      'the data_offsets of "a" to be a range within 4 bytes, got [0,400]',
    ],
    [
      "offsets backwards",
      file(`{"a":${entry([4, 0])}}`, 4),
      'the data_offsets of "a" to be a range within 4 bytes, got [4,0]',
    ],
    [
      "shape that disagrees with the offsets",
      file(`{"a":${entry([0, 4], [2])}}`, 4),
      '8 bytes for "a", F32 of shape [2], got 4',
    ],
    [
      "a lying size",
      file(`{"a":${entry([0, 4], [1048576, 1048576])}}`, 4),
      '4398046511104 bytes for "a", F32 of shape [1048576,1048576], got 4',
    ],
    [
      "overlap",
      file(`{"a":${entry([0, 4])},"b":${entry([0, 4])}}`, 4),
      '"b" to begin at byte 4 of the data, got 0',
    ],
    [
      "hole",
      file(`{"a":${entry([0, 4])},"b":${entry([8, 12])}}`, 12),
      '"b" to begin at byte 4 of the data, got 8',
    ],
    [
      "bytes behind the last tensor",
      file(`{"a":${entry([0, 4])}}`, 5),
      "4 bytes of tensors, got 5",
    ],
    [
      "duplicate name",
      file(`{"a":${entry([0, 4])},"\\u0061":${entry([0, 4])}}`, 4),
      'every tensor once, got "a" twice',
    ],
  ])("refuses: %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes, "w.safetensors")).toThrow(
      new InputError("w.safetensors", ...(message.split(", got ") as [string, string])),
    );
  });

  test("a mutated file is read or refused with one line that names it", () => {
    const original = example();
    const mutation = fc.record({
      at: fc.nat(original.length - 1),
      byte: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        fc.nat(original.length),
        fc.boolean(),
        (mutations, length, cut) => {
          const bytes = original.slice(0, cut ? length : original.length);
          for (const { at, byte } of mutations) if (at < bytes.length) bytes[at] = byte;
          try {
            const { tensors } = readSafetensors(bytes, "w.safetensors");
            for (const { shape, values } of tensors.values()) {
              expect(values.length).toBe(shape.reduce((a, b) => a * b, 1));
            }
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            expect((error as Error).message).toMatch(/^w\.safetensors: expected .*, got .*$/);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  test("refuses to write values that do not fill their shape", () => {
    expect(() => writeSafetensors(new Map([["a", tensor([3], [1])]]))).toThrow(
      'safetensors: "a": expected 3 values for shape [3], got 1',
    );
  });
});

const dataFolder = process.env.FOVEA_DATA;
const reference = dataFolder && join(dataFolder, "reference");
const hasReference = Boolean(reference && existsSync(reference));

test.runIf(hasReference)("reads files that PyTorch's safetensors wrote", () => {
  const names = readdirSync(reference!).filter((name) => name.endsWith(".safetensors"));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const { tensors } = readSafetensors(readFileSync(join(reference!, name)), name);
    for (const { shape, values } of tensors.values()) {
      expect(values.length).toBe(shape.reduce((a, b) => a * b, 1));
    }
    expect(tensors.get("batch.indices")?.shape).toEqual([50, 64]);
    expect(tensors.get("train.losses")?.values[0]).toBeGreaterThan(0);
  }
});

test.skipIf(hasReference)(
  "FOVEA_DATA names no folder with reference/: PyTorch's files not read",
  () => {},
);
