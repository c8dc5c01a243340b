import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/formats/crc32.js";
import { writeZip } from "../../src/formats/write-zip.js";
import { openZip } from "../../src/formats/zip.js";

const text = (value: string) => new TextEncoder().encode(value);
const files = () =>
  new Map([
    ["a/one", text("first")],
    ["a/two", text("the second")],
  ]);
const written = () => Buffer.from(writeZip(files(), "test"));

/** Where the end record, and the first entry of the directory, begin. */
const end = written().length - 22;
const entry = written().readUInt32LE(end + 16);

/** The file with numbers of it changed: place, bytes, value. */
function changed(...changes: readonly [at: number, bytes: 2 | 4, value: number][]): Buffer {
  const zip = written();
  for (const [at, bytes, value] of changes) zip.writeUIntLE(value, at, bytes);
  return zip;
}

/** The file with an extra field behind its last entry and zip64 numbers in it. */
function withZip64(numbers: readonly number[], id = 1): Buffer {
  const zip = written();
  const last = zip.lastIndexOf(Buffer.from("PK\x01\x02", "latin1"));
  const extra = Buffer.alloc(4 + numbers.length * 8);
  extra.writeUInt16LE(id, 0);
  extra.writeUInt16LE(numbers.length * 8, 2);
  for (const [i, number] of numbers.entries()) extra.writeBigUInt64LE(BigInt(number), 4 + i * 8);
  for (const offset of [20, 24, 42]) zip.writeUInt32LE(0xffffffff, last + offset);
  zip.writeUInt16LE(extra.length, last + 30);
  zip.writeUInt32LE(zip.readUInt32LE(end + 12) + extra.length, end + 12);
  return Buffer.concat([zip.subarray(0, end), extra, zip.subarray(end)]);
}

test("the CRC-32 of its definition", () => {
  // The check value of "CRC-32/ISO-HDLC".
  expect(crc32(text("123456789"))).toBe(0xcbf43926);
  expect(crc32(text(""))).toBe(0);
});

describe("openZip", () => {
  test("finds what writeZip wrote", () => {
    const zip = openZip(written(), "z");
    expect(zip.names).toEqual(["a/one", "a/two"]);
    expect(Buffer.from(zip.read("a/two")!).toString()).toBe("the second");
    expect(zip.read("a/three")).toBeUndefined();
    expect(openZip(writeZip(new Map(), "test"), "z").names).toEqual([]);
  });

  test("with a comment after it that may look like an end record", () => {
    const comment = Buffer.from("PK\x05\x06 and so on", "latin1");
    const zip = Buffer.concat([changed([end + 20, 2, comment.length]), comment]);
    expect(openZip(zip, "z").names).toEqual(["a/one", "a/two"]);
  });

  test("without CRC-32, as PyTorch writes on request", () => {
    const zip = openZip(changed([entry + 16, 4, 0]), "z");
    expect(Buffer.from(zip.read("a/one")!).toString()).toBe("first");
  });

  test("with sizes in zip64 fields", () => {
    const zip = openZip(withZip64([10, 10, 69]), "z");
    expect(Buffer.from(zip.read("a/two")!).toString()).toBe("the second");
  });

  test.each<[string, () => Uint8Array, string]>([
    [
      "nothing",
      () => new Uint8Array(),
      "a whole zip file, got one without the directory at its end",
    ],
    [
      "a file cut off",
      () => written().subarray(0, -1),
      "a whole zip file, got one without the directory at its end",
    ],
    [
      "a directory outside",
      () => changed([end + 16, 4, 2 ** 31]),
      `a zip directory within the first ${end} bytes, got 2 files in 102 bytes at byte 2147483648`,
    ],
    [
      "more files than can be",
      () => changed([end + 10, 2, 3]),
      `a zip directory within the first ${end} bytes, got 3 files in 102 bytes at byte ${entry}`,
    ],
    [
      "other bytes in the directory",
      () => changed([entry + 51, 4, 0]),
      "2 files in the zip directory, got other bytes after 1",
    ],
    [
      "a long comment",
      () => changed([entry + 32, 2, 1000]),
      "file 1 of the zip directory to end within it, got 949 bytes more",
    ],
    [
      "zip64 numbers that are not there",
      () => changed([end + 10, 2, 0xffff]),
      "a whole zip file, got one without its zip64 directory",
    ],
    [
      "zip64 sizes that are not there",
      () => changed([entry + 20, 4, 0xffffffff]),
      'the zip64 sizes of "a/one", got none',
    ],
    [
      "zip64 sizes that are too few",
      () => withZip64([10, 10]),
      'the zip64 sizes of "a/two", got none',
    ],
    [
      "a huge zip64 size",
      () => withZip64([2 ** 60, 2 ** 60, 69]),
      `"a/two" in the first ${entry} bytes of the zip, got 1152921504606847000 bytes at byte 128`,
    ],
    [
      "a file outside",
      () => changed([entry + 20, 4, 2 ** 31]),
      `"a/one" in the first ${entry} bytes of the zip, got 2147483648 bytes at byte 64`,
    ],
    [
      "a header elsewhere",
      () => changed([entry + 42, 4, 5]),
      '"a/one" in the zip at byte 5, got other bytes',
    ],
    [
      "two names",
      () => changed([entry + 46, 2, 0x6262]),
      '"bbone" in the zip at byte 0, got "a/one"',
    ],
    ["the same name twice", () => sameName(), 'every file of the zip once, got "a/one" twice'],
    [
      "an overlap",
      () => changed([entry + 20, 4, 6], [entry + 24, 4, 6]),
      '"a/two" behind "a/one" in the zip, got an overlap',
    ],
    [
      "no UTF-8",
      () => changed([entry + 46, 2, 0xffff]),
      "names of files in the zip in UTF-8, got other bytes",
    ],
  ])("refuses %s", (_, make, message) => {
    expect(() => openZip(make(), "z")).toThrow(`z: expected ${message}`);
  });

  test.each<[string, Buffer, string]>([
    [
      "compressed",
      changed([entry + 10, 2, 8]),
      '"a/one" stored without compression, as PyTorch does, got deflate',
    ],
    [
      "compressed otherwise",
      changed([entry + 10, 2, 93]),
      '"a/one" stored without compression, as PyTorch does, got compression method 93',
    ],
    ["encrypted", changed([entry + 8, 2, 1]), '"a/one" without encryption, got an encrypted file'],
    ["of two sizes", changed([entry + 24, 4, 6]), '"a/one" of 6 bytes, got 5'],
    [
      "damaged",
      changed([64, 2, 0]),
      '"a/one" with CRC-32 9271ee57, got c22dd433 (the file is damaged)',
    ],
  ])("refuses to read a file that is %s, and reads the others", (_, bytes, message) => {
    const zip = openZip(bytes, "z");
    expect(() => zip.read("a/one")).toThrow(`z: expected ${message}`);
    expect(zip.read("a/two")).toEqual(Buffer.from("the second"));
  });
});

/** Both files under the name of the first. */
function sameName(): Buffer {
  const zip = written();
  for (let at = zip.indexOf("a/two"); at >= 0; at = zip.indexOf("a/two")) zip.write("a/one", at);
  return zip;
}
