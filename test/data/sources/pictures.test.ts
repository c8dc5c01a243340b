import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { decodePicture } from "../../../src/data/sources/pictures/decode.js";
import { preparePicture } from "../../../src/data/transforms/prepare.js";
import { crc32 } from "../../../src/formats/crc32.js";

const folder = new URL("../fixtures/pictures/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const expected: Record<string, { rows: number; columns: number; values: number[] }> = JSON.parse(
  readFileSync(new URL("expected.json", folder), "utf8"),
);

describe("pictures that Pillow wrote are what Pillow reads", () => {
  it.each(Object.keys(expected))("%s", (name) => {
    const { rows, columns, values } = expected[name]!;
    const picture = preparePicture(decodePicture(read(name), name));
    expect([picture.rows, picture.columns]).toEqual([rows, columns]);
    const channels = values.length / rows / columns;
    // Decoders of JPEG may round, and enlarge colours, in different ways.
    const most = name.endsWith(".jpg") ? 12 : 0;
    const differences = values.map((value, at) => {
      const pixel = Math.floor(at / channels);
      const channel = picture.channels === 1 ? 0 : at % channels;
      return Math.abs(value - picture.values[pixel * picture.channels + channel]!);
    });
    expect(Math.max(...differences)).toBeLessThanOrEqual(most);
    const mean = differences.reduce((sum, x) => sum + x, 0) / differences.length;
    expect(mean).toBeLessThanOrEqual(most / 4);
  });
});

function chunk(type: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length);
  bytes.write(type, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}

/** A grey PNG file. @param packed its rows before compression, with the byte of each one's filter */
function png(rows: number, columns: number, bits: number, packed: Uint8Array, interlaced = 0) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns);
  header.writeUInt32BE(rows, 4);
  header.set([bits, 0, 0, 0, interlaced], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("tEXt", Buffer.from("a\0b")),
    chunk("IDAT", deflateSync(packed)),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

describe("PNG", () => {
  test("an interlaced picture of one bit", () => {
    // 3×3: passes 1, 4, 5, 6 and 7 have pixels.
    const rows = [[0x80], [0x80], [0xc0], [0x00, 0x80], [0xa0]];
    const packed = Uint8Array.from(
      rows.flatMap((row, at) => (at === 3 ? [0, row[0]!, 0, row[1]!] : [0, ...row])),
    );
    const { values } = decodePicture(png(3, 3, 1, packed, 1), "a.png");
    expect([...values].map((value) => value / 255)).toEqual([1, 0, 1, 1, 0, 1, 1, 1, 1]);
  });

  test("filters are undone: each of the five gives the same pixels", () => {
    const pixels = Array.from({ length: 6 }, (_, r) => [7 * r, 40 + r, 90 - 9 * r, 200]);
    const at = (r: number, c: number) => (r < 0 || c < 0 ? 0 : pixels[r]![c]!);
    const predicted = [
      () => 0,
      (r: number, c: number) => at(r, c - 1),
      (r: number, c: number) => at(r - 1, c),
      (r: number, c: number) => (at(r, c - 1) + at(r - 1, c)) >> 1,
      (r: number, c: number) => {
        const [a, b, d] = [at(r, c - 1), at(r - 1, c), at(r - 1, c - 1)];
        const p = a + b - d;
        const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - d)];
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : d;
      },
    ];
    const packed = pixels.flatMap((row, r) => {
      const filter = r % 5;
      return [filter, ...row.map((value, c) => (value - predicted[filter]!(r, c)) & 255)];
    });
    const { values } = decodePicture(png(6, 4, 8, Uint8Array.from(packed)), "a.png");
    expect([...values]).toEqual(pixels.flat());
  });

  test.each([
    ["more pixels than the header says", new Uint8Array(50_000_000), "got more"],
    ["fewer", new Uint8Array(5), "got 5"],
    ["an unknown filter", Uint8Array.from([9, 1, 1, 0, 1, 1]), "PNG filters 0..4, got 9"],
  ])("%s", (_, packed, message) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodePicture(png(2, 2, 8, packed), "a.png")).toThrow(message);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40_000_000);
  });

  test("a damaged chunk", () => {
    const bytes = read("grey.png");
    bytes[60]! ^= 1;
    expect(() => decodePicture(bytes, "a.png")).toThrow(
      "a.png: expected the CRC-32 of the PNG chunk IDAT, got another (damaged)",
    );
  });
});

describe("one line about what is wrong", () => {
  test.each<[string, Uint8Array | string, string]>([
    ["nothing", "", "an empty file"],
    ["text", "hello, world", "other bytes"],
    ["GIF", "GIF89a....", "a GIF picture"],
    ["WebP", "RIFF....WEBPVP8 ", "a WebP picture"],
    ["TIFF", "II*\0....", "a TIFF picture"],
    ["HEIC", "\0\0\0\x18ftypheic", "a HEIC or AVIF picture"],
    ["PBM", "P4 8 8 ", "a Netpbm picture of another kind, P4"],
  ])("%s", (_, content, got) => {
    const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
    const message = `a: expected a PNG, JPEG, BMP, PGM or PPM picture, got ${got}`;
    expect(() => decodePicture(bytes, "a")).toThrow(message);
  });

  test.each([
    ["PGM", Buffer.from("P5 65535 65535 255\n"), "at most 512 MiB when decoded, got 65535×65535"],
    ["PNG", png(60_000, 60_000, 8, new Uint8Array(1)), "512 MiB when decoded, got 60000×60000"],
    ["PNG whose pixels cannot be there", png(20_000, 20_000, 8, new Uint8Array(1)), "got fewer"],
    ["PPM cut", Buffer.from("P6 2 2 255\n123"), "a whole picture, 23 bytes, got 14 bytes"],
    ["PGM as text", Buffer.from("P2 2 1 7\n3 9"), "values of 0..7, got 9"],
  ])("%s", (_, bytes, message) => {
    expect(() => decodePicture(bytes, "a")).toThrow(message);
  });

  test("every cut of every format is refused, without anything but an InputError", () => {
    for (const name of Object.keys(expected)) {
      const bytes = read(name);
      // A BMP file may end with padding, a JPEG file with its end marker.
      const last = name.endsWith(".jpg") ? bytes.length * 0.8 : bytes.length - 3;
      for (let length = 0; length < last; length += 1 + Math.floor(bytes.length / 60)) {
        const cut = bytes.subarray(0, length);
        expect(() => decodePicture(cut, name)).toThrow(
          expect.objectContaining({ name: "InputError" }),
        );
      }
    }
  });
});

test("PGM as text and as bytes, of any largest value, hold the same", () => {
  const pictures = fc
    .record({
      rows: fc.integer({ min: 1, max: 9 }),
      columns: fc.integer({ min: 1, max: 9 }),
      most: fc.integer({ min: 1, max: 65_535 }),
    })
    .chain((shape) =>
      fc
        .array(fc.integer({ min: 0, max: shape.most }), {
          minLength: shape.rows * shape.columns,
          maxLength: shape.rows * shape.columns,
        })
        .map((values) => ({ ...shape, values })),
    );
  fc.assert(
    fc.property(pictures, ({ rows, columns, most, values }) => {
      const text = Buffer.from(
        `P2\n# a comment\n${columns} ${rows}\n${most}\n${values.join(" ")}\n`,
      );
      const size = most > 255 ? 2 : 1;
      const data = Buffer.from(values.flatMap((v) => (size === 2 ? [v >> 8, v & 255] : [v])));
      const binary = Buffer.concat([Buffer.from(`P5 ${columns} ${rows} ${most}\n`), data]);
      const decoded = decodePicture(text, "a.pgm");
      expect(decoded).toEqual(decodePicture(binary, "b.pgm"));
      expect([...decoded.values]).toEqual(values.map((v) => Math.floor((v * 255) / most + 0.5)));
    }),
  );
});

test("JPEG values that are red, green and blue as they stand", () => {
  const { values } = decodePicture(read("adobe-rgb.jpg"), "a.jpg");
  // Of 16×24 pixels: 60 + 6 · column, 200 − 8 · row, 40.
  const at = 3 * (5 * 24 + 10);
  for (const [channel, value] of [120, 160, 40].entries()) {
    expect(Math.abs(values[at + channel]! - value)).toBeLessThanOrEqual(4);
  }
});

test("a JPEG picture with more scans than any encoder writes is not decoded", () => {
  const whole = read("progressive.jpg");
  const scans = Array.from({ length: 70 }, () => [0xff, 0xda, 0, 2]).flat();
  const bytes = Uint8Array.from([...whole.subarray(0, -2), ...scans, 0xff, 0xd9]);
  expect(() => decodePicture(bytes, "a.jpg")).toThrow(
    "a.jpg: expected a JPEG picture of at most 64 scans, got more",
  );
});

test("PNG's eXIf turns a picture, and a damaged one does not", () => {
  const exif = chunk(
    "eXIf",
    Buffer.from("4d4d002a00000008000101120003000000010006000000000000", "hex"),
  );
  const plain = png(1, 2, 8, Uint8Array.of(0, 10, 20));
  const turned = Buffer.concat([plain.subarray(0, 33), exif, plain.subarray(33)]);
  const { rows, columns } = preparePicture(decodePicture(turned, "a.png"));
  expect([rows, columns]).toEqual([2, 1]);
  turned.writeUInt8(1, 45);
  expect(decodePicture(turned, "a.png").orientation).toBe(1);
});
