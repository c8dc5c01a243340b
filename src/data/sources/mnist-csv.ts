import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { type Allocate, newBytes } from "../allocate.js";
import { countRows, endOfRow } from "./csv-rows.js";
import { writeIdx } from "./idx.js";
import type { NamedBytes } from "./mnist.js";

const side = 28;
const pixels = side * side;
const [lineFeed, carriageReturn, comma, zero, nine] = [10, 13, 44, 48, 57];

/** Images and labels of one CSV file, as IDX files. */
export interface CsvSet {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * Parses MNIST as text: one row per image, its label before its 784 pixels, with or without a line of titles.
 *
 * @param allocate makes the memory that the images lie in
 * @throws InputError naming the first row that is not an image
 */
export function parseMnistCsv({ where, bytes }: NamedBytes, allocate: Allocate = newBytes): CsvSet {
  const begin = skipTitles(bytes, where);
  const count = countRows(bytes, begin);
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  let at = begin;
  for (let row = 0; row < count; row++) {
    for (let column = 0; column <= pixels; column++) {
      const from = at;
      let value = 0;
      for (
        let byte = bytes[at];
        byte !== undefined && byte >= zero && byte <= nine;
        byte = bytes[++at]
      ) {
        value = Math.min(256, 10 * value + byte - zero);
      }
      const isLast = column === pixels;
      if (isLast && bytes[at] === carriageReturn) at++;
      const ends = isLast ? at >= bytes.length || bytes[at] === lineFeed : bytes[at] === comma;
      if (at === from || value > 255 || !ends) {
        const expected = `a label and ${pixels} pixels of 0..255 in row ${row + 1}`;
        throw new InputError(where, expected, `${textAt(bytes, from)} as value ${column + 1}`);
      }
      at++;
      if (column === 0) labels[row] = value;
      else images[row * pixels + column - 1] = value;
    }
  }
  return {
    images: writeIdx([count, side, side], images, allocate),
    labels: writeIdx([count], labels),
  };
}

/** Where the first row begins. */
function skipTitles(bytes: Uint8Array, where: string): number {
  const [first = 0] = bytes;
  if (first >= zero && first <= nine) return 0;
  const titles = textAt(bytes, 0);
  if (/^"?pixel/.test(titles)) {
    const got = "pixels alone: the test images of Kaggle's Digit Recognizer have none";
    throw new InputError(where, "labels in the first column", got);
  }
  if (!/^"?label/i.test(titles)) {
    throw new InputError(where, "a label and pixels in each row", excerpt(titles));
  }
  return Math.min(bytes.length, endOfRow(bytes, 0) + 1);
}

/** The beginning of what stands at a byte, for messages. */
function textAt(bytes: Uint8Array, at: number): string {
  const text = new TextDecoder().decode(bytes.subarray(at, at + 20));
  return text === "" ? "the end of the file" : text.split(/[,\r\n]/, 1)[0] || "nothing";
}
