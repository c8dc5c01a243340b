import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { checkOptions, checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { thousands } from "../numbers.js";
import { sha256 } from "../sha256.js";
import { type Allocate, newBytes } from "./allocate.js";
import { mnistCacheFolder, preparedCacheFolder, setCacheFolder } from "./cache.node.js";
import type { Dataset } from "./dataset.js";
import {
  DownloadError,
  type DownloadProgress,
  downloadFiles,
  downloadMnist,
} from "./download.node.js";
import { readDataFile } from "./read-data-file.node.js";
import { isDigitsName, namedDigits } from "./sources/digits.js";
import { distortedMnist } from "./sources/distorted-mnist.js";
import { type DistortedName, distortedNames } from "./sources/distorted-names.js";
import { MNIST_FACTS, type NamedBytes } from "./sources/mnist.js";
import {
  describeNames,
  findMnist,
  isNamedMnist,
  LOOKED_FOR,
  type MnistFolder,
  readMnist,
} from "./sources/mnist-folder.node.js";
import { checkNamedFile, NAMED_SETS, type NamedSet } from "./sources/sets/named-sets.js";
import { readOwnData } from "./sources/sets/own-data.node.js";
import {
  checkedPictureOptions,
  type PictureOptions,
  pictureOptionNames,
} from "./sources/sets/picture-options.js";
import { cacheKey, readPrepared, writePrepared } from "./sources/sets/prepared-cache.node.js";
import { stratifiedPart } from "./split.js";

/** Options of {@link loadData}. */
export interface LoadOptions extends PictureOptions {
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
  /** Called while distorted images are made. */
  onDistort?: (done: number, total: number) => void;
  /** Called while pictures are decoded. */
  onDecode?: (done: number, total: number) => void;
  /** Where decoded pictures are kept; default the user's cache folder for pictures, `null` nowhere. */
  preparedFolder?: string | null;
  /** Makes the memory that the data lie in; a `DataMemory`'s keeps them once for all engines. */
  allocate?: Allocate;
  /** Ends a download. */
  signal?: AbortSignal;
}

/** A data set, and why it is this one: a line for people that begins with `data: `. */
export interface LoadedData {
  data: Dataset;
  reason: string;
  /** What was done to read the data, lines that begin with `data: `, too. */
  notes: readonly string[];
}

function counts(data: Dataset): string {
  return `${thousands(data.train.count)} + ${thousands(data.test.count)} images`;
}

/** MNIST, or why it cannot be had, as a sentence that begins with MNIST. */
type Search = LoadedData | { data: undefined; reason: string; notes: readonly [] };

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

/** Data from a path that the user named: what is wrong with them is the user's to know. */
async function loadPath(path: string, options: LoadOptions): Promise<LoadedData> {
  const { allocate, onDecode, signal, preparedFolder } = options;
  const asked = checkedPictureOptions("data", pictureOptionsOf(options));
  const mnist = await mnistIn(path);
  if (mnist && Object.keys(asked).length === 0) {
    const data = await readMnist(mnist, allocate);
    return {
      data,
      reason: `data: mnist, ${counts(data)} from ${data.source} (as chosen)`,
      notes: [],
    };
  }
  const set = Object.keys(asked).length === 0 ? namedSetIn(path) : undefined;
  if (set) return readNamed(set, path, "as chosen", allocate);
  const { data: read, done } = await readOwnData(path, {
    options: asked,
    ...(allocate && { allocate }),
    ...(onDecode && { onDecode }),
    ...(signal && { signal }),
    ...(preparedFolder !== undefined && { preparedFolder }),
  });
  // MNIST in another layout.
  const data = read.digest === MNIST_FACTS.digest ? { ...read, ...MNIST_FACTS } : read;
  const { rows, columns, channels, classes } = data;
  const shape = `${rows}×${columns}${channels === 1 ? "" : `×${channels}`}, ${classes} classes`;
  return {
    data,
    reason: `data: ${data.name}, ${counts(data)} of ${shape} from ${path} (as chosen)`,
    notes: done.map((line) => `data: ${line}`),
  };
}

/** Those that say how files are read. */
function pictureOptionsOf({ size, fit, grey, skipUnreadable }: LoadOptions): PictureOptions {
  return {
    ...(size !== undefined && { size }),
    ...(fit !== undefined && { fit }),
    ...(grey !== undefined && { grey }),
    ...(skipUnreadable !== undefined && { skipUnreadable }),
  };
}

/** MNIST in a folder: what has its name, which must be it, or its content. */
async function mnistIn(path: string): Promise<MnistFolder | undefined> {
  const found = await findMnist(path).catch((error: unknown) => {
    // Not a folder: another reader says what is wrong.
    if (error instanceof InputError) return undefined;
    throw error;
  });
  if (found === undefined || found.missing.length > 0) return undefined;
  return (await isNamedMnist(found)) ? found : undefined;
}

/** Fashion-MNIST and others of MNIST's shape: from FOVEA_DATA's folder, the cache, or a mirror. */
async function loadNamed(set: NamedSet, options: LoadOptions): Promise<LoadedData> {
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
async function readNamed(
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
function namedSetIn(path: string): NamedSet | undefined {
  const labels = "t10k-labels-idx1-ubyte.gz";
  return Object.values(NAMED_SETS).find((set) => {
    const isWhole = Object.keys(set.files).every((file) => existsSync(join(path, file)));
    return isWhole && sha256(readDataFile(join(path, labels))) === set.files[labels];
  });
}

/** Distorted images that are made of MNIST, and kept like decoded pictures. */
async function loadDistorted(name: DistortedName, options: LoadOptions): Promise<LoadedData> {
  const { environment = process.env, allocate = newBytes, preparedFolder, onDistort } = options;
  const folder =
    preparedFolder === undefined ? preparedCacheFolder(environment) : (preparedFolder ?? undefined);
  const key = cacheKey({ distorted: name, of: MNIST_FACTS.digest });
  const kept = folder === undefined ? undefined : readPrepared(folder, key, allocate);
  if (kept) {
    const reason = `data: ${name}, ${counts(kept.data)} ${kept.data.source} (cache)`;
    return { data: kept.data, reason, notes: [] };
  }
  const { allocate: _, ...others } = options;
  const search = await searchMnist(others);
  if (search.data === undefined) throw new NoMnistError(search.reason);
  const data = distortedMnist(search.data, name, {
    allocate,
    ...(onDistort && { onImage: everyStep(onDistort) }),
  });
  if (folder !== undefined) writePrepared(folder, key, { data, done: [] });
  return { data, reason: `data: ${name}, ${counts(data)} ${data.source}`, notes: [] };
}

/** Calls for some images only, and for the last one. */
function everyStep(call: (done: number, total: number) => void): typeof call {
  return (done, total) => {
    if (done % 500 === 0 || done === total) call(done, total);
  };
}

/** Fewer training images; the seed that chooses them is always 0, so that they are the same each time. */
function withFewer(loaded: LoadedData, trainImages: number): LoadedData {
  checkWhole("data", "trainImages", trainImages, 1, loaded.data.train.count);
  const { train: whole, test } = loaded.data;
  const train = stratifiedPart(whole, loaded.data, trainImages, 0);
  const data: Dataset = {
    ...loaded.data,
    train,
    digest: sha256(train.images, train.labels, test.images, test.labels),
    options: { ...loaded.data.options, trainImages },
  };
  const note = `data: ${thousands(trainImages)} of ${thousands(whole.count)} training images, of each class the same share`;
  return { ...loaded, data, notes: [...loaded.notes, note] };
}

/** Writes the built-in digits. */
function loadDigits(name: string, because: string, options: LoadOptions): LoadedData {
  const data = namedDigits(name, { onProgress: options.onGenerate, allocate: options.allocate });
  return { data, reason: `data: ${name}, the built-in handwriting, ${because}`, notes: [] };
}

/** Whether the choice was meant as a path: it exists, or is written as one. */
async function isPath(choice: string): Promise<boolean> {
  if (["auto", "mnist"].includes(choice) || isDigitsName(choice)) return false;
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
 * - `digits`: the built-in handwriting; `digits-2000-500`: its first 2,000 training and 500 test images;
 * - `fashion-mnist` or `kmnist`: from FOVEA_DATA's folder of this name, the user's cache or a mirror;
 * - `mnist-r`, `mnist-rts`, `mnist-p`, `mnist-e`, `mnist-cluttered` or `mnist-rot-12k`: made of MNIST, see `distortedMnist`;
 * - a path: MNIST in any layout that is known, or a data set of one's own: pictures in folders by class, an IDX set, CSV
 *   or NumPy files, CIFAR, or a zip file of these; nothing else is tried.
 *
 * A download is kept in the cache, and so are images that are made of it. `trainImages` takes only some of the training
 * images.
 *
 * @throws InputError when the choice is unknown, the folder or a file in it is missing or damaged
 *   (MNIST's SHA-256 is always checked), FOVEA_DATA's folder is without MNIST, the cache cannot be written, or `mnist`
 *   cannot be had
 * @throws the signal's reason when it was aborted
 * @example
 * const { data, reason } = await loadData("./pictures", { size: [16, 16] });
 * console.log(reason, data.classNames);
 */
export async function loadData(
  choice: string | undefined = "auto",
  options: LoadOptions = {},
): Promise<LoadedData> {
  checkOptions("loadData", options, OPTIONS);
  if (typeof choice !== "string") throw unknownChoice(choice);
  const { trainImages } = options;
  const loaded = await loadWhole(choice, options);
  return trainImages === undefined ? loaded : withFewer(loaded, trainImages);
}

async function loadWhole(choice: string, options: LoadOptions): Promise<LoadedData> {
  const distorted = distortedNames.find((name) => name === choice);
  const named = NAMED_SETS[choice];
  if (named === undefined && distorted === undefined && (await isPath(choice)))
    return loadPath(choice, options);
  checkNoPictureOptions(choice, options);
  if (named !== undefined) return loadNamed(named, options);
  if (distorted !== undefined) return loadDistorted(distorted, options);
  if (isDigitsName(choice)) return loadDigits(choice, "as chosen", options);
  if (choice === "auto" || choice === "mnist") {
    const search = await searchMnist(options);
    if (search.data) return search;
    if (choice === "auto") return loadDigits("digits", `because ${search.reason}`, options);
    throw new NoMnistError(search.reason);
  }
  throw unknownChoice(choice);
}

/** The size and colours of data that a name finds are known. */
function checkNoPictureOptions(choice: string, options: LoadOptions): void {
  const [given] = Object.keys(pictureOptionsOf(options));
  if (given === undefined) return;
  throw new InputError("data", `${given} only with a path of data`, choice);
}

const OPTIONS = [
  "environment",
  "cacheFolder",
  "mirrors",
  "onDownload",
  "onGenerate",
  "onDistort",
  "onDecode",
  "preparedFolder",
  "allocate",
  ...pictureOptionNames,
  "signal",
] satisfies (keyof LoadOptions)[];

function unknownChoice(choice: unknown): InputError {
  return new InputError(
    "data",
    `auto, mnist, digits, fashion-mnist, kmnist, ${distortedNames.join(", ")}, or a path of pictures or of other files with images`,
    shown(choice),
  );
}
