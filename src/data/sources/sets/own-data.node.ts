import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { fileProblem } from "../../../files/file-problem.js";
import { type Allocate, newBytes } from "../../allocate.js";
import { preparedCacheFolder } from "../../cache.node.js";
import { MOST_UNPACKED_BYTES, unpack } from "../../gzip.js";
import { readDataFile } from "../../read-data-file.node.js";
import { findArrays, readArrays } from "./array-set.js";
import { findCifar, readCifar } from "./cifar.js";
import { findCsv, readCsvSet } from "./csv-set.js";
import { datasetOf, type MadeDataset } from "./dataset-of.js";
import { listFolder } from "./folder-files.node.js";
import { findIdxSet, readIdxSet } from "./idx-set.js";
import type { NamedFile, NamedFiles } from "./named-files.js";
import { findPictures } from "./picture-names.js";
import { checkedPictureOptions, type PictureOptions } from "./picture-options.js";
import { cacheKey, readPrepared, writePrepared } from "./prepared-cache.node.js";
import type { RawSets } from "./raw-sets.js";
import { nameOf, readPictures } from "./read-pictures.node.js";
import { listZip } from "./zip-files.js";

export interface OwnDataOptions {
  readonly options?: PictureOptions;
  readonly allocate?: Allocate;
  /** Called as pictures are decoded. */
  readonly onDecode?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** Where decoded pictures are kept; default the user's cache. `null`: nowhere. */
  readonly preparedFolder?: string | null;
}

/** What is looked for, in words. */
export const SETS =
  "pictures in folders by class, an IDX set, CSV or NumPy files with images and labels, CIFAR's binary files, or a zip file of these";

/**
 * A data set of one's own: a folder or file in any layout that Fovea knows.
 *
 * @param path a folder, a zip, npz, npy or CSV file, or a file of an IDX set
 * @throws InputError naming the file that is wrong, or saying what was looked for
 */
export async function readOwnData(path: string, given: OwnDataOptions = {}): Promise<MadeDataset> {
  const { allocate = newBytes, preparedFolder } = given;
  const options = checkedPictureOptions("data", given.options ?? {});
  const files = listFiles(path);
  const folder =
    preparedFolder === undefined ? preparedCacheFolder() : (preparedFolder ?? undefined);
  // Only what takes long to decode is kept.
  const isKept = folder !== undefined && (files.isZip || findsPictures(files.files));
  const key = isKept
    ? cacheKey({
        path: resolve(path),
        options: { ...options },
        files: files.stamps
          .map(({ name, size, changed }) => `${name}\0${size}\0${changed}`)
          .join("\n"),
      })
    : undefined;
  const kept = key === undefined ? undefined : readPrepared(folder!, key, allocate);
  if (kept) return kept;
  const { raw, options: left } = await readSets(path, await files.open(), options, given);
  const source = resolve(path);
  const made = datasetOf(raw, { name: nameOf(source), source, options: left }, allocate);
  const data = { ...made.data, ...(Object.keys(options).length > 0 && { options }) };
  const whole = { data, done: made.done };
  if (key !== undefined) writePrepared(folder!, key, whole);
  return whole;
}

interface Listed {
  readonly files: readonly NamedFile[];
  /** What tells whether anything changed. */
  readonly stamps: readonly Pick<NamedFile, "name" | "size" | "changed">[];
  readonly isZip: boolean;
  /** The files; those of a zip file are listed only here. */
  open(): Promise<NamedFiles>;
}

function listFiles(path: string): Listed {
  let found: ReturnType<typeof statSync>;
  try {
    found = statSync(path);
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    throw new InputError(path, "a folder that can be read", problem);
  }
  if (found.isDirectory()) {
    const listed = listFolder(path);
    return { files: listed.files, stamps: listed.files, isZip: false, open: async () => listed };
  }
  const stamp = { name: basename(path), size: found.size, changed: found.mtimeMs };
  if (/\.(zip|npz)$/i.test(path)) {
    const open = async () => listZip(readDataFile(path), path);
    return { files: [], stamps: [stamp], isZip: /\.zip$/i.test(path), open };
  }
  const files = filesBeside(path, { ...stamp, path });
  const open = async (): Promise<NamedFiles> => ({
    ...{ root: path, files, onDisk: true },
    read: async ({ path: each }) => readDataFile(each),
  });
  return { files, stamps: files, isZip: false, open };
}

/** Of an IDX set and of `x_train.npy`, the files of the same set; else the file alone. */
function filesBeside(path: string, file: NamedFile): NamedFile[] {
  const prefix = /^(.*?)(train|t10k|test)-(images|labels)[-.]idx/i.exec(file.name)?.[1];
  const isArray = file.name.endsWith(".npy");
  if (prefix === undefined && !isArray) return [file];
  const others = listFolder(dirname(path)).files.filter(({ name }) =>
    isArray ? name.endsWith(".npy") : name.startsWith(prefix!) && /idx[13]-ubyte/i.test(name),
  );
  return prefix === undefined
    ? others
    : others.filter(({ name }) => /^(train|t10k|test)-/i.test(name.slice(prefix.length)));
}

function findsPictures(files: readonly NamedFile[]): boolean {
  return files.some(({ name }) => /\.(png|jpe?g|jfif|bmp|dib|pgm|ppm|pnm)$/i.test(name));
}

/** What the files hold, and which options are still to be applied. */
interface Read {
  readonly raw: RawSets;
  readonly options: PictureOptions;
}

async function readSets(
  path: string,
  files: NamedFiles,
  options: PictureOptions,
  { onDecode, signal }: OwnDataOptions,
): Promise<Read> {
  const idx = findIdxSet(files);
  if (idx) return { raw: await readIdxSet(files, idx), options };
  const cifar = findCifar(files);
  if (cifar) return { raw: await readCifar(files, cifar), options };
  const pictures = findPictures(files);
  if (pictures) {
    const read = { options, ...(onDecode && { onProgress: onDecode }), ...(signal && { signal }) };
    // Pictures are brought to their size as they are decoded.
    return { raw: await readPictures(files, pictures, read), options: {} };
  }
  const arrays = await arraysOf(files);
  if (arrays) return { raw: await readArrays(arrays.files, arrays.found), options };
  const csv = findCsv(files);
  if (csv) {
    const read = async (file: NamedFile) =>
      unpack(await files.read(file), file.path, MOST_UNPACKED_BYTES * 2);
    return { raw: await readCsvSet(read, csv), options };
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
