import { stat } from "node:fs/promises";
import { checkOptions, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { thousands } from "../numbers.js";
import type { Allocate } from "./allocate.js";
import { mnistCacheFolder } from "./cache.node.js";
import type { Dataset } from "./dataset.js";
import { DownloadError, type DownloadProgress, downloadMnist } from "./download.node.js";
import { digits } from "./sources/digits.js";
import {
  describeNames,
  findMnist,
  LOOKED_FOR,
  type MnistFolder,
  readMnist,
} from "./sources/mnist-folder.node.js";

export interface LoadOptions {
  /** Where FOVEA_DATA, a folder that holds MNIST or a folder `mnist`, is looked up; default `process.env`. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Where downloads are kept; default the user's cache folder for MNIST. */
  cacheFolder?: string;
  /** Addresses to download from; default the public mirrors, an empty list downloads nothing. */
  mirrors?: readonly string[];
  /** Called while a file is downloaded. */
  onDownload?: DownloadProgress;
  /** Called while the built-in digits are written. */
  onGenerate?: (done: number, total: number) => void;
  /** Makes the memory that the data lie in; a `DataMemory`'s keeps them once for all engines. */
  allocate?: Allocate;
  /** Ends a download. */
  signal?: AbortSignal;
}

/** A data set, and why it is this one: a line for people that begins with `data: `. */
export interface LoadedData {
  data: Dataset;
  reason: string;
}

function counts(data: Dataset): string {
  return `${thousands(data.train.count)} + ${thousands(data.test.count)} images`;
}

/** MNIST, or why it cannot be had, as a sentence that begins with MNIST. */
type Search = LoadedData | { data: undefined; reason: string };

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

/** Looks in FOVEA_DATA's folder, then in the cache, then on the mirrors. */
async function searchMnist(options: LoadOptions): Promise<Search> {
  const { environment = process.env, mirrors, allocate } = options;
  const found = (data: Dataset, origin: string): LoadedData => ({
    data,
    reason: `data: mnist, ${counts(data)} from ${data.source} (${origin})`,
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
  };
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

/** MNIST from a folder that the user named: what is wrong with it is the user's to know. */
async function loadFolder(folder: string, { allocate }: LoadOptions): Promise<LoadedData> {
  const data = await readMnist(await findMnist(folder), allocate);
  return { data, reason: `data: mnist, ${counts(data)} from ${data.source} (as chosen)` };
}

/** Writes the built-in digits. */
function loadDigits(because: string, options: LoadOptions): LoadedData {
  const data = digits({ onProgress: options.onGenerate, allocate: options.allocate });
  return { data, reason: `data: digits, the built-in handwriting, ${because}` };
}

/** Whether the choice was meant as a path: it exists, or is written as one. */
async function isFolder(choice: string): Promise<boolean> {
  if (choice.includes("/") || choice.includes("\\")) return true;
  return stat(choice).then(
    () => true,
    () => false,
  );
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

/**
 * Loads the images to train on.
 *
 * @param choice
 * - `auto` (default): MNIST from FOVEA_DATA's folder, where that is set; else from the user's cache or a public
 *   mirror, and the built-in digits where none of them has it;
 * - `mnist`: the same, but an error in place of the digits;
 * - `digits`: the built-in handwriting;
 * - a folder with MNIST, its four files or in another usual layout, itself or in a usual folder inside; nothing
 *   else is tried.
 *
 * A download is kept in the cache.
 *
 * @throws InputError when the choice is unknown, the folder or a file in it is missing or damaged
 *   (MNIST's SHA-256 is always checked), FOVEA_DATA's folder is without MNIST, the cache cannot be written, or `mnist`
 *   cannot be had
 * @throws the signal's reason when it was aborted
 *
 * @example
 * const { data, reason } = await loadData("auto");
 */
export async function loadData(
  choice: string | undefined = "auto",
  options: LoadOptions = {},
): Promise<LoadedData> {
  checkOptions("loadData", options, OPTIONS);
  if (typeof choice !== "string") throw unknownChoice(choice);
  if (choice === "digits") return loadDigits("as chosen", options);
  if (choice === "auto" || choice === "mnist") {
    const search = await searchMnist(options);
    if (search.data) return search;
    if (choice === "auto") return loadDigits(`because ${search.reason}`, options);
    throw new NoMnistError(search.reason);
  }
  if (await isFolder(choice)) return loadFolder(choice, options);
  throw unknownChoice(choice);
}

const OPTIONS = [
  "environment",
  "cacheFolder",
  "mirrors",
  "onDownload",
  "onGenerate",
  "allocate",
  "signal",
] satisfies (keyof LoadOptions)[];

function unknownChoice(choice: unknown): InputError {
  return new InputError(
    "data",
    "auto, mnist, digits or a folder with MNIST's files",
    shown(choice),
  );
}
