import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { countRows, endOfRow } from "../csv-rows.js";
import { baseName, type NamedFile, type NamedFiles } from "./named-files.js";
import { checkImageBytes, type RawSet, type RawSets } from "./raw-sets.js";

const [lineFeed, carriageReturn, comma, quote, zero, nine] = [10, 13, 44, 34, 48, 57];
/** What the column of labels is called. */
const labelTitles = ["label", "labels", "class", "target", "y"];
/** A first row of more bytes is none. */
const longestRow = 4 * 1024 * 1024;

/** A training file, and a test file where there is one. */
export interface CsvFiles {
  readonly train: NamedFile;
  readonly test?: NamedFile;
}

/** CSV files with images: `train.csv` and `test.csv`, with or without more in their names, or a single file. */
export function findCsv({ files }: NamedFiles): CsvFiles | undefined {
  const tables = files.filter(({ name }) => /\.csv(\.gz)?$/i.test(name));
  const named = (pattern: RegExp) => tables.find(({ name }) => pattern.test(baseName(name)));
  const train = named(/train/i) ?? (tables.length === 1 ? tables[0] : undefined);
  if (!train) return undefined;
  const test = named(/test/i);
  return { train, ...(test && test !== train && { test }) };
}

/**
 * Reads images from CSV files: a row an image, its label and its pixels 0..255, with or without titles.
 *
 * @throws InputError naming the file and the first row that is wrong
 */
export async function readCsvSet(
  read: (file: NamedFile) => Promise<Uint8Array>,
  { train, test }: CsvFiles,
): Promise<RawSets> {
  const first = parseCsv(await read(train), train.path);
  const side = Math.round(Math.sqrt(first.pixels));
  if (side * side !== first.pixels) {
    const got = `${first.pixels} columns beside the label`;
    throw new InputError(train.path, "as many pixels as a square image has", got);
  }
  if (first.set === undefined) {
    throw new InputError(train.path, `a column ${labelTitles.join(", ")}`, "pixels alone");
  }
  const shape = { rows: side, columns: side, channels: 1, train: first.set };
  if (!test) return { ...shape, done: [] };
  const second = parseCsv(await read(test), test.path);
  if (second.pixels !== first.pixels) {
    const got = `${second.pixels}`;
    throw new InputError(test.path, `${first.pixels} pixels a row, as in training`, got);
  }
  if (second.set) return { ...shape, test: second.set, done: [] };
  return { ...shape, done: [`${baseName(test.name)} has no labels and was left out`] };
}

interface Table {
  readonly pixels: number;
  /** Undefined where there are no labels. */
  readonly set: RawSet | undefined;
}

/** Parses a table; one without labels is not read further than its titles. */
export function parseCsv(bytes: Uint8Array, where: string): Table {
  const end = endOfRow(bytes, 0);
  if (end === 0 || end > longestRow) {
    throw new InputError(where, "a row of numbers with commas between them", textAt(bytes, 0));
  }
  const cells = new TextDecoder()
    .decode(bytes.subarray(0, end))
    .split(",")
    .map((cell) => cell.trim().replace(/^"|"$/g, ""));
  const hasTitles = cells.some((cell) => !/^\d+$/.test(cell));
  const at = hasTitles ? cells.findIndex((title) => labelTitles.includes(title.toLowerCase())) : 0;
  if (at < 0 && !/^pixel/i.test(cells[0]!)) {
    const expected = `a title ${labelTitles.join(", ")} among those of the columns, or numbers`;
    throw new InputError(where, expected, excerpt(cells[0]));
  }
  if (cells.length < 2) throw new InputError(where, "a label and pixels in each row", "one column");
  if (at < 0) return { pixels: cells.length, set: undefined };
  const begin = hasTitles ? end + 1 : 0;
  return { pixels: cells.length - 1, set: parseRows(bytes, begin, cells.length, at, where) };
}

function parseRows(
  bytes: Uint8Array,
  begin: number,
  columns: number,
  labelColumn: number,
  where: string,
): RawSet {
  const count = countRows(bytes, begin);
  if (count === 0) throw new InputError(where, "one image or more", "none");
  // A pixel has a digit and a comma.
  if (count * columns > bytes.length) {
    const expected = `${columns} values in each of ${count} rows`;
    throw new InputError(where, expected, `${bytes.length} bytes`);
  }
  checkImageBytes(where, count, columns - 1);
  const images = new Uint8Array(count * (columns - 1));
  const labels = new Int32Array(count);
  let at = begin;
  let pixel = 0;
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < columns; column++) {
      const from = at;
      if (bytes[at] === quote) at++;
      const digits = at;
      let value = 0;
      for (let byte = bytes[at]!; byte >= zero && byte <= nine; byte = bytes[++at]!) {
        value = Math.min(65_536, 10 * value + byte - zero);
      }
      const isNumber = at > digits;
      if (bytes[at] === quote) at++;
      const isLast = column === columns - 1;
      if (isLast && bytes[at] === carriageReturn) at++;
      const ends = isLast ? at >= bytes.length || bytes[at] === lineFeed : bytes[at] === comma;
      const isLabel = column === labelColumn;
      if (!isNumber || !ends || value > (isLabel ? 65_535 : 255)) {
        const expected = `a label and ${columns - 1} pixels of 0..255 in row ${row + 1}`;
        throw new InputError(where, expected, `${textAt(bytes, from)} as value ${column + 1}`);
      }
      at++;
      if (isLabel) labels[row] = value;
      else images[pixel++] = value;
    }
  }
  return { count, images, labels };
}

/** The beginning of what stands at a byte, for messages. */
function textAt(bytes: Uint8Array, at: number): string {
  const text = new TextDecoder().decode(bytes.subarray(at, at + 20));
  return text === "" ? "the end of the file" : excerpt(text.split(/[,\r\n]/, 1)[0]);
}
