import { InputError } from "../errors.js";
import { mnistCacheFolder } from "./cache.node.js";
import type { Dataset } from "./dataset.js";
import { DownloadError, downloadMnist } from "./download.node.js";
import { counts, type LoadedData, type LoadOptions } from "./loaded-data.node.js";
import {
  describeNames,
  findMnist,
  LOOKED_FOR,
  type MnistFolder,
  readMnist,
} from "./sources/mnist-folder.node.js";

/** MNIST, or why it cannot be had, as a sentence that begins with MNIST. */
export type MnistSearch = LoadedData | { data: undefined; reason: string; notes: readonly [] };

/** Looks in FOVEA_DATA's folder, then in the cache, then on the mirrors. */
export async function searchMnist(options: LoadOptions): Promise<MnistSearch> {
  const { environment = process.env, mirrors, allocate } = options;
  const found = (data: Dataset, origin: string): LoadedData => ({
    data,
    reason: `data: mnist, ${counts(data)} from ${data.source} (${origin})`,
    notes: [],
  });

  const named = environment.FOVEA_DATA;
  if (named) return found(await readMnist(await findNamed(named), allocate), "FOVEA_DATA");

  const cacheFolder = options.cacheFolder ?? mnistCacheFolder(environment);
  const cached = await findMnist(cacheFolder).catch(() => undefined);
  if (cached?.missing.length === 0) return found(await readMnist(cached, allocate), "cache");

  const failure = mirrors?.length === 0 ? "no mirrors" : await download(options, cacheFolder);
  if (failure === undefined) {
    return found(await readMnist(await findMnist(cacheFolder), allocate), "downloaded");
  }
  return {
    data: undefined,
    reason: `MNIST is in no folder and could not be downloaded (${failure})`,
    notes: [],
  };
}

/** Downloads MNIST into the cache; the reason why not, where that fails. */
async function download(options: LoadOptions, cacheFolder: string): Promise<string | undefined> {
  const { environment, mirrors, onDownload, signal } = options;
  try {
    await downloadMnist(cacheFolder, { environment, mirrors, onProgress: onDownload, signal });
    return undefined;
  } catch (error) {
    if (error instanceof DownloadError) return error.message;
    throw error;
  }
}

/** FOVEA_DATA's folder: who names one wants its data, or to know why not. */
async function findNamed(folder: string): Promise<MnistFolder> {
  const where = `FOVEA_DATA=${folder}`;
  const found = await findMnist(folder).catch((error: unknown) => {
    if (!(error instanceof InputError)) throw error;
    throw new NoMnistError(error.got, where, error.expected);
  });
  if (found.missing.length > 0) throw new NoMnistError(describeNames(found), where, LOOKED_FOR);
  return found;
}

const anywhere =
  "MNIST in FOVEA_DATA's folder, in the cache or on a mirror (or, chosen as data, a folder with its four files, or digits)";

/** MNIST is nowhere; thrown by `loadData`. */
export class NoMnistError extends InputError {
  /** @param reason what was found where it was looked for */
  constructor(reason: string, where = "data", expected = anywhere) {
    super(where, expected, reason);
  }
}
