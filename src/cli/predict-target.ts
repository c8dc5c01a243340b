import type { Dataset } from "../data/dataset.js";
import { DIGITS_FACTS } from "../data/sources/digits.js";
import { MNIST_FACTS } from "../data/sources/mnist.js";
import { InputError } from "../errors.js";
import type { ModelInput } from "../graph/model.js";
import { classifierFacts } from "../runs/read-classifier.node.js";
import { type Run, readRun } from "../runs/run-folder.node.js";
import type { Classifier } from "../train/predict.js";
import { type Preprocessing, preprocessed } from "../train/preprocessing.js";
import { chosenData, type DataArguments } from "./data-options.js";
import type { Interruption } from "./interruption.js";
import { loadChosenData } from "./load-chosen-data.js";
import { readDefinition } from "./model-source.js";
import { checkPreprocessing } from "./preprocessing-options.js";
import { recognizeWeights } from "./recognized-weights.js";
import type { WeightsArguments } from "./weights-options.js";
import { findWeights, type WeightsTarget } from "./weights-target.js";

/** What says which network, and how pictures go in. */
export interface ClassifierArguments extends Preprocessing, DataArguments, WeightsArguments {}

/** A network that classifies, and the run that it is from. */
export interface ClassifierTarget {
  readonly classifier: Classifier;
  readonly run?: Run;
}

/** Data whose size and normalisation are known without loading them. */
const known = [MNIST_FACTS, DIGITS_FACTS];

/** MNIST's images and all that are made like them. */
const handwritten = { channels: 1, rows: 28, columns: 28, classes: 10 };

/**
 * The network that `RUN|FILE` means.
 *
 * @throws InputError where it is none, or an option does not go with it
 */
export async function findClassifier(
  where: string,
  path: string,
  args: ClassifierArguments,
  interruption: Interruption,
): Promise<ClassifierTarget> {
  const target = findWeights(where, path, args.last ?? false, args.entry, args.map);
  const isFile = target.record === undefined;
  checkPreprocessing(where, args, { path, isFile });
  if (target.model !== undefined) checkNoFileOptions(where, path, args);
  if (!isFile) {
    const run = readRun(path);
    const facts = classifierFacts(run);
    return { classifier: { ...facts, parameters: target.tensors.parameters }, run };
  }
  if (target.model !== undefined)
    return { classifier: importedClassifier(where, path, target, args) };
  const data = await dataFor(where, args, target.tensors.checkpoint?.data, interruption);
  const named = args.model && (await readDefinition(where, "--model", args.model)).definition;
  const hints = named ? { named } : {};
  const { model, parameters } = recognizeWeights(target.file, target.tensors, data, hints);
  const prepared = preprocessed(where, model, data, args);
  const { mean, std, classNames } = prepared.data;
  const framing = { isDark: true, centred: { extent: 20 / 28 } };
  return {
    classifier: {
      ...{ model: prepared.model, parameters, mean, std, classNames },
      ...(data.isHandwritten && { framing }),
    },
  };
}

/** @throws InputError where an option says what a folder knows */
function checkNoFileOptions(where: string, path: string, args: ClassifierArguments): void {
  for (const option of ["model", "data", "size", "fit", "grey", "skipUnreadable"] as const) {
    if (args[option] === undefined) continue;
    const name = option === "skipUnreadable" ? "skip-unreadable" : option;
    throw new InputError(where, `--${name} only with a file of weights`, `it with ${path}`);
  }
}

/** The network of a folder of `fovea import`. @throws InputError where nothing says how images go in */
function importedClassifier(
  where: string,
  path: string,
  { model, tensors, normalisation, classNames }: WeightsTarget,
  args: ClassifierArguments,
): Classifier {
  if (normalisation === undefined && args.mean === undefined) {
    const got = `${path}, whose file does not say how images are normalised`;
    throw new InputError(where, "--mean and --std", got);
  }
  const { mean, std } = normalisation ?? { mean: 0, std: 1 };
  const prepared = preprocessed(where, model!, { mean, std }, args);
  const named = classNames && { classNames };
  return { model: prepared.model, parameters: tensors.parameters, ...prepared.data, ...named };
}

type DataFacts = ModelInput &
  Pick<Dataset, "mean" | "std" | "classNames"> & { readonly isHandwritten: boolean };

/** What a file's network was trained on: what `--data` says, or the file, or MNIST. */
async function dataFor(
  where: string,
  args: DataArguments,
  digest: string | undefined,
  interruption: Interruption,
): Promise<DataFacts> {
  const choice = chosenData(where, args, undefined);
  const facts =
    args.data === undefined
      ? (known.find((each) => each.digest === digest) ?? MNIST_FACTS)
      : known.find(({ name }) => name === args.data);
  if (facts) return { ...handwritten, ...facts, isHandwritten: true };
  const { data } = await loadChosenData(choice, interruption);
  const { channels, rows, columns, classes, mean, std, classNames } = data;
  const isHandwritten = known.some((each) => each.digest === data.digest);
  return { channels, rows, columns, classes, mean, std, classNames, isHandwritten };
}
