import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  pairImagesAndLabels,
  parseIdxImages,
  parseIdxLabels,
} from "../../../src/data/sources/idx.js";
import { InputError } from "../../../src/errors.js";
import { idxImages, idxLabels, inputError } from "../mnist-fixtures.js";

describe("parseIdxImages", () => {
  test("reads dimensions and pixels, row by row", () => {
    const pixels = Uint8Array.from({ length: 12 }, (_, index) => index * 20);
    const parsed = parseIdxImages(idxImages(2, 3, 2, pixels), "a");
    expect(parsed).toEqual({ count: 2, rows: 3, columns: 2, images: pixels });
  });

  test("reads a view that does not begin at its buffer's first byte", () => {
    const bytes = new Uint8Array(40);
    bytes.set(idxImages(1, 2, 2, Uint8Array.of(1, 2, 3, 4)), 7);
    const parsed = parseIdxImages(bytes.subarray(7, 27), "a");
    expect([...parsed.images]).toEqual([1, 2, 3, 4]);
  });

  test.each([
    [
      "a wrong magic number",
      idxLabels([1, 2, 3]),
      "f: expected the IDX magic number 0x00000803, got 0x00000801",
    ],
    ["an empty file", new Uint8Array(0), "f: expected an IDX header of 16 bytes, got 0 bytes"],
    [
      "a cut header",
      idxImages(1, 1, 1).subarray(0, 10),
      "f: expected an IDX header of 16 bytes, got 10 bytes",
    ],
    [
      "a cut file",
      idxImages(2, 2, 2).subarray(0, 20),
      "f: expected 24 bytes, as its header says, got 20",
    ],
    [
      "trailing bytes",
      idxImages(2, 2, 2, new Uint8Array(11)),
      "f: expected 24 bytes, as its header says, got 27 (3 trailing)",
    ],
    [
      "a header that promises 96 bits of pixels",
      idxImages(2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1, new Uint8Array(4)),
      "f: expected 79228162458924105385300197391 bytes, as its header says, got 20",
    ],
    [
      "images without columns",
      idxImages(5, 4, 0),
      "f: expected at least one image of at least 1 × 1 pixels, got 5 of 4 × 0",
    ],
    [
      "no images",
      idxImages(0, 28, 28),
      "f: expected at least one image of at least 1 × 1 pixels, got 0 of 28 × 28",
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseIdxImages(bytes, "f")).toThrow(inputError(message));
  });
});

describe("parseIdxLabels", () => {
  test("reads labels", () => {
    expect([...parseIdxLabels(idxLabels([0, 9, 5]), "l")]).toEqual([0, 9, 5]);
  });

  test("allows as many classes as asked for", () => {
    expect([...parseIdxLabels(idxLabels([25]), "l", 26)]).toEqual([25]);
  });

  test.each([
    [
      "a wrong magic number",
      idxImages(1, 1, 1),
      "l: expected the IDX magic number 0x00000801, got 0x00000803",
    ],
    ["a label above 9", idxLabels([3, 9, 10, 11]), "l: expected labels 0..9, got 10 at index 2"],
    [
      "a cut file",
      idxLabels([1, 2, 3]).subarray(0, 10),
      "l: expected 11 bytes, as its header says, got 10",
    ],
    [
      "a cut header",
      idxLabels([]).subarray(0, 6),
      "l: expected an IDX header of 8 bytes, got 6 bytes",
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseIdxLabels(bytes, "l")).toThrow(inputError(message));
  });
});

describe("pairImagesAndLabels", () => {
  const images = parseIdxImages(idxImages(3, 1, 1), "i");

  test("pairs equal counts", () => {
    expect(pairImagesAndLabels(images, "i", Uint8Array.of(1, 2, 3), "l").count).toBe(3);
  });

  test("refuses counts that differ", () => {
    expect(() => pairImagesAndLabels(images, "i", Uint8Array.of(1, 2), "l")).toThrow(
      inputError("l: expected 3 labels, one for each image in i, got 2"),
    );
  });
});

test("whatever the bytes are, the parsers return what is there or throw an InputError", () => {
  const edit = fc.record({ at: fc.nat(30), value: fc.nat(255) });
  const file = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.nat(3))
    .chain(([count, side, cut]) =>
      fc.tuple(
        fc.constantFrom(
          idxImages(count, side, side),
          idxLabels(Array.from({ length: count }, (_, i) => i)),
        ),
        fc.array(edit, { maxLength: 2 }),
        fc.constant(cut),
      ),
    )
    .map(([bytes, edits, cut]) => {
      const changed = bytes.slice(0, bytes.length - (cut === 3 ? 1 : 0));
      for (const { at, value } of edits) if (at < changed.length) changed[at] = value;
      return changed;
    });
  let parsed = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.oneof(file, fc.uint8Array({ maxLength: 40 })), (bytes) => {
      for (const parse of [parseIdxImages, parseIdxLabels]) {
        try {
          const result = parse(bytes, "f");
          if (result instanceof Uint8Array) {
            expect(result).toEqual(bytes.slice(8));
            expect(result.every((label) => label < 10)).toBe(true);
          } else {
            expect(result.images.length).toBe(result.count * result.rows * result.columns);
            expect(result.images).toEqual(bytes.slice(16));
          }
          parsed++;
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          refused++;
        }
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
  expect(parsed).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
});
