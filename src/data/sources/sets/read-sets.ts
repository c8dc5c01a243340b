import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { MOST_UNPACKED_BYTES, unpack } from "../../gzip.js";
import { findArrays, readArrays } from "./array-set.js";
import { findCifar, readCifar } from "./cifar.js";
import { findCsv, readCsvSet } from "./csv-set.js";
import { findIdxSet, readIdxSet } from "./idx-set.js";
import type { NamedFile, NamedFiles } from "./named-files.js";
import { findPictures } from "./picture-names.js";
import type { PictureOptions } from "./picture-options.js";
import type { RawSets } from "./raw-sets.js";
import { type ReadPicturesOptions, readPictures } from "./read-pictures.js";
import { listZip } from "./zip-files.js";

/** What is looked for, in words. */
const SETS =
  "pictures in folders by class, an IDX set, CSV or NumPy files with images and labels, CIFAR's binary files, or a zip file of these";

/** What the files hold, and which options are still to be applied. */
export interface ReadSets {
  readonly raw: RawSets;
  readonly options: PictureOptions;
}

/**
 * Reads a folder's or a zip file's images in whatever layout they have.
 *
 * @param path for messages
 * @throws InputError naming the file that is wrong, or saying what was looked for
 */
export async function readSets(
  path: string,
  files: NamedFiles,
  read: ReadPicturesOptions,
): Promise<ReadSets> {
  const { options } = read;
  const idx = findIdxSet(files);
  if (idx) return { raw: await readIdxSet(files, idx), options };
  const cifar = findCifar(files);
  if (cifar) return { raw: await readCifar(files, cifar), options };
  const pictures = findPictures(files);
  if (pictures) {
    // Pictures are brought to their size as they are decoded.
    return { raw: await readPictures(files, pictures, read), options: {} };
  }
  const arrays = await arraysOf(files);
  if (arrays) return { raw: await readArrays(arrays.files, arrays.found), options };
  const csv = findCsv(files);
  if (csv) {
    const readFile = async (file: NamedFile) =>
      unpack(await files.read(file), file.path, MOST_UNPACKED_BYTES * 2);
    return { raw: await readCsvSet(readFile, csv), options };
  }
  throw new InputError(path, SETS, describe(files));
}

/** Arrays beside each other, or in the only `.npz` file. */
async function arraysOf(files: NamedFiles) {
  const found = findArrays(files);
  if (found) return { files, found };
  const packed = files.files.filter(({ name }) => /\.npz$/i.test(name));
  if (packed.length !== 1) return undefined;
  const inner = listZip(await files.read(packed[0]!), packed[0]!.path);
  const foundInside = findArrays(inner);
  return foundInside && { files: inner, found: foundInside };
}

/** What is there instead, in words. */
function describe({ files }: NamedFiles): string {
  if (files.length === 0) return "an empty folder";
  if (files.some(({ name }) => name.endsWith(".parquet"))) {
    return "Hugging Face's parquet files, which Fovea does not read (docs/data.md says how to write mnist.npz from them)";
  }
  const most = 6;
  const shown = files.slice(0, most).map(({ name }) => excerpt(name));
  const more = files.length > most ? ` and ${files.length - most} more` : "";
  return `a folder with ${shown.join(", ")}${more}`;
}
