import { InputError } from "../../../errors.js";
import { listed } from "../../../numbers.js";
import { MOST_UNPACKED_BYTES, unpack } from "../../gzip.js";
import { pairImagesAndLabels, parseIdxImages, parseIdxLabels } from "../idx.js";
import { baseName, type NamedFile, type NamedFiles } from "./named-files.js";
import type { RawSet, RawSets } from "./raw-sets.js";

/** Images and labels of the training and the test part, by what is before `train` or `test` in their names. */
interface IdxSet {
  readonly prefix: string;
  readonly train: Pair;
  readonly test?: Pair;
}

interface Pair {
  readonly images: NamedFile;
  readonly labels: NamedFile;
}

const pattern = /^(.*?)(train|t10k|test)-(images|labels)[-.]idx[13]-ubyte(\.gz)?$/i;
const letters = "abcdefghijklmnopqrstuvwxyz";
const capitals = letters.toUpperCase();
const digits = "0123456789";

/** What EMNIST's classes are called, by the set's name. */
const emnistNames: Readonly<Record<string, readonly string[]>> = {
  letters: [...letters],
  digits: [...digits],
  mnist: [...digits],
  balanced: [...digits, ...capitals, ..."abdefghnqrt"],
  bymerge: [...digits, ...capitals, ..."abdefghnqrt"],
  byclass: [...digits, ...capitals, ...letters],
};

/**
 * The IDX set among files: MNIST's names, with or without something before them.
 *
 * @throws InputError where there are several sets
 */
export function findIdxSet({ root, files }: NamedFiles): IdxSet | undefined {
  const found = new Map<string, NamedFile>();
  for (const file of files) {
    const match = pattern.exec(baseName(file.name));
    if (!match) continue;
    const [, prefix = "", part = "", what = ""] = match;
    const key = `${prefix}|${part.toLowerCase() === "train" ? "train" : "test"}|${what.toLowerCase()}`;
    // A file that is there gzipped and unpacked counts once.
    if (!found.has(key) || match[4] !== undefined) found.set(key, file);
  }
  const sets = [...new Set([...found.keys()].map((key) => key.split("|")[0]!))].flatMap(
    (prefix) => {
      const pair = (part: string): Pair | undefined => {
        const images = found.get(`${prefix}|${part}|images`);
        const labels = found.get(`${prefix}|${part}|labels`);
        return images && labels && { images, labels };
      };
      const [train, test] = [pair("train"), pair("test")];
      return train ? [{ prefix, train, ...(test && { test }) }] : [];
    },
  );
  if (sets.length > 1) {
    const names = sets.map(({ train }) => train.images.name);
    throw new InputError(root, "one IDX set (one of its files chooses it)", listed(names));
  }
  return sets[0];
}

/**
 * Reads an IDX set. EMNIST's images, which are stored column by column, are transposed.
 *
 * @throws InputError naming the file that is damaged, or fits no other
 */
export async function readIdxSet(
  { read }: Pick<NamedFiles, "read">,
  { prefix, train, test }: IdxSet,
): Promise<RawSets> {
  const trainPart = await readPair(read, train);
  const testPart = test && (await readPair(read, test));
  const { rows, columns } = trainPart;
  if (testPart && (testPart.rows !== rows || testPart.columns !== columns)) {
    const got = `${testPart.rows}×${testPart.columns}`;
    throw new InputError(test!.images.path, `images of ${rows}×${columns}, as in training`, got);
  }
  const emnist = /emnist(?:-(\w+))?/i.exec(prefix);
  const parts = { train: trainPart.set, ...(testPart && { test: testPart.set }) };
  if (!emnist) return { rows, columns, channels: 1, ...parts, done: [] };
  const names = emnistNames[emnist[1]?.toLowerCase() ?? ""];
  const turned = (set: RawSet): RawSet => ({ ...set, images: transposed(set, rows, columns) });
  return {
    rows: columns,
    columns: rows,
    channels: 1,
    train: turned(parts.train),
    ...(parts.test && { test: turned(parts.test) }),
    ...(names && { classNames: names }),
    done: ["EMNIST's images are stored transposed; they were set upright"],
  };
}

async function readPair(read: NamedFiles["read"], { images, labels }: Pair) {
  const content = async (file: NamedFile) =>
    unpack(await read(file), file.path, MOST_UNPACKED_BYTES);
  const parsed = parseIdxImages(await content(images), images.path);
  const parsedLabels = parseIdxLabels(await content(labels), labels.path, 256);
  return { ...parsed, set: pairImagesAndLabels(parsed, images.path, parsedLabels, labels.path) };
}

function transposed({ count, images }: RawSet, rows: number, columns: number): Uint8Array {
  const turned = new Uint8Array(images.length);
  const size = rows * columns;
  for (let at = 0; at < count * size; at++) {
    const [image, pixel] = [at - (at % size), at % size];
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    turned[image + column * rows + row] = images[at]!;
  }
  return turned;
}
