import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.js";
import { sha256 } from "../sha256.js";
import type { Allocate } from "./allocate.js";
import { setCacheFolder } from "./cache.node.js";
import { DownloadError, downloadFiles } from "./download.node.js";
import { counts, type LoadedData, type LoadOptions } from "./loaded-data.node.js";
import { readDataFile } from "./read-data-file.node.js";
import type { NamedBytes } from "./sources/mnist.js";
import { checkNamedFile, NAMED_SETS, type NamedSet } from "./sources/sets/named-sets.js";
import { readOwnData } from "./sources/sets/own-data.node.js";

/** Fashion-MNIST and others of MNIST's shape: from FOVEA_DATA's folder, the cache, or a mirror. */
export async function loadNamed(set: NamedSet, options: LoadOptions): Promise<LoadedData> {
  const { environment = process.env, allocate, onDownload, signal } = options;
  const { name } = set;
  const named = environment.FOVEA_DATA;
  const folders = [
    ...(named ? [join(named, name)] : []),
    options.cacheFolder ?? setCacheFolder(name, environment),
  ];
  const files = Object.keys(set.files);
  const found = folders.find((folder) => files.every((file) => existsSync(join(folder, file))));
  const folder = found ?? folders.at(-1)!;
  if (found === undefined) {
    const wanted = files.map((file) => ({
      name: file,
      check: async (got: NamedBytes) => checkNamedFile(set, file, got),
    }));
    const mirrors = options.mirrors ?? set.mirrors;
    try {
      await downloadFiles(folder, wanted, { environment, mirrors, onProgress: onDownload, signal });
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      const expected = `${name} in FOVEA_DATA's folder, in the cache or on a mirror`;
      throw new InputError("data", expected, error.message);
    }
  }
  const origin =
    found === undefined ? "downloaded" : folder === folders.at(-1) ? "cache" : "FOVEA_DATA";
  return readNamed(set, folder, origin, allocate);
}

/** A named set's files, which must be the published ones. */
export async function readNamed(
  set: NamedSet,
  folder: string,
  origin: string,
  allocate: Allocate | undefined,
): Promise<LoadedData> {
  for (const file of Object.keys(set.files)) {
    const where = join(folder, file);
    checkNamedFile(set, file, { where, bytes: readDataFile(where) });
  }
  const { data } = await readOwnData(folder, { ...(allocate && { allocate }) });
  const { name, classNames } = set;
  const reason = `data: ${name}, ${counts(data)} from ${folder} (${origin})`;
  return { data: { ...data, name, classNames, source: folder }, reason, notes: [] };
}

/** The named set whose published test labels are in a folder. */
export function namedSetIn(path: string): NamedSet | undefined {
  const labels = "t10k-labels-idx1-ubyte.gz";
  return Object.values(NAMED_SETS).find((set) => {
    const isWhole = Object.keys(set.files).every((file) => existsSync(join(path, file)));
    return isWhole && sha256(readDataFile(join(path, labels))) === set.files[labels];
  });
}
