import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { InputError } from "../../../errors.js";
import { fileProblem } from "../../../files/file-problem.js";
import { type Allocate, newBytes } from "../../allocate.js";
import { preparedCacheFolder } from "../../cache.node.js";
import { readDataFile } from "../../read-data-file.node.js";
import { isPictureName } from "../pictures/decode.js";
import { datasetOf, type MadeDataset } from "./dataset-of.js";
import { decodeInParallel } from "./decode-pool.node.js";
import { listFolder } from "./folder-files.node.js";
import type { NamedFile, NamedFiles } from "./named-files.js";
import { checkedPictureOptions, type PictureOptions } from "./picture-options.js";
import { cacheKey, readPrepared, writePrepared } from "./prepared-cache.node.js";
import { nameOf } from "./read-pictures.js";
import { readSets } from "./read-sets.js";
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
  const { raw, options: left } = await readSets(path, await files.open(), {
    options,
    decode: decodeInParallel,
    ...(given.onDecode && { onProgress: given.onDecode }),
    ...(given.signal && { signal: given.signal }),
  });
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
  return files.some(({ name }) => isPictureName(name));
}
