import { stat } from "node:fs/promises";
import { checkOptions, checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { thousands } from "../numbers.js";
import { sha256 } from "../sha256.js";
import type { Dataset } from "./dataset.js";
import { loadDistorted } from "./load-distorted.node.js";
import { NoMnistError, searchMnist } from "./load-mnist.node.js";
import { loadNamed } from "./load-named-set.node.js";
import { loadPath, pictureOptionsOf } from "./load-path.node.js";
import type { LoadedData, LoadOptions } from "./loaded-data.node.js";
import { isDigitsName, namedDigits } from "./sources/digits.js";
import { distortedNames } from "./sources/distorted-names.js";
import { NAMED_SETS } from "./sources/sets/named-sets.js";
import { pictureOptionNames } from "./sources/sets/picture-options.js";
import { stratifiedPart } from "./split.js";

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

/** Whether the choice was meant as a path: it exists, or is written as one. */
async function isPath(choice: string): Promise<boolean> {
  if (["auto", "mnist"].includes(choice) || isDigitsName(choice)) return false;
  if (choice.includes("/") || choice.includes("\\")) return true;
  return stat(choice).then(
    () => true,
    () => false,
  );
}

/** Writes the built-in digits. */
function loadDigits(name: string, because: string, options: LoadOptions): LoadedData {
  const data = namedDigits(name, { onProgress: options.onGenerate, allocate: options.allocate });
  return { data, reason: `data: ${name}, the built-in handwriting, ${because}`, notes: [] };
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
  const names = ["auto", "mnist", "digits", ...Object.keys(NAMED_SETS), ...distortedNames];
  return new InputError(
    "data",
    `${names.join(", ")}, or a path of pictures or of other files with images`,
    shown(choice),
  );
}
