import { extname } from "node:path";
import { InputError } from "../errors.js";
import { readText } from "../files/read-file.node.js";
import { type Model, type ModelDefinition, type ModelSource, withOptions } from "../graph/model.js";
import { parseOptions } from "../graph/model-options.js";
import { modelNames, models } from "../models/index.js";
import { isImported, type Normalisation, readImported } from "../runs/imported-folder.node.js";
import { decodeModel } from "../runs/model-codec.js";
import { isRun, readModel } from "../runs/run-folder.node.js";
import {
  importModelModule,
  isModulePath,
  type ModelModule,
  moduleEndings,
} from "./model-module.js";
import { modelGuess } from "./option-values.js";

/** A definition that a command trains or measures, and the module that it is from, where it is of no catalogue. */
export interface FoundDefinition {
  readonly definition: ModelDefinition;
  readonly module?: ModelModule["module"];
}

/**
 * A model of the catalogue by its name, or the default export of a module, made by `defineModel`.
 *
 * @param option what the command calls it: `MODEL`, `--model`
 * @param set the texts of `--set`
 * @throws InputError where there is no such name or module, the module exports something else, or an option is wrong
 */
export async function readDefinition(
  where: string,
  option: string,
  text: string,
  set: readonly string[] = [],
): Promise<FoundDefinition> {
  const found = await findDefinition(where, text);
  if (found !== undefined) return withSet(where, found, set);
  const expected = `${option} to be ${modelNames.join(", ")}, or a module (${moduleEndings})`;
  throw new InputError(where, expected, modelGuess(text));
}

/**
 * As {@link readDefinition}, and the network of a run folder or of a `model.json`.
 *
 * @throws InputError as `readDefinition` and `readRun` do
 */
export async function readModelSource(
  where: string,
  text: string,
  set: readonly string[] = [],
): Promise<ModelSource> {
  const found = await findDefinition(where, text);
  if (found !== undefined) return withSet(where, found, set).definition;
  const isFile = extname(text) === ".json";
  if (isFile || isRun(text)) {
    checkNoSet(where, set, text);
    return isFile ? readModelFile(text) : readModel(text);
  }
  const expected = `MODEL to be ${modelNames.join(", ")}, a module (${moduleEndings}), a run folder or a model.json`;
  throw new InputError(where, expected, modelGuess(text));
}

/** What {@link readTrainable} takes, for messages. */
export const trainableText = `MODEL to be ${modelNames.join(", ")}, a module (${moduleEndings}), a model.json or a folder of fovea import`;

/** A model to train, and the module that it is from. */
export interface FoundModel {
  readonly model: ModelSource;
  readonly module?: ModelModule["module"];
  /** How images go into an imported network, where its file said so. */
  readonly normalisation?: Normalisation;
}

/**
 * As {@link readDefinition}, and a network that is built already: a `model.json`, or a folder of `fovea import`, whose
 * initial values are its weights.
 */
export async function readTrainable(
  where: string,
  text: string,
  set: readonly string[] = [],
): Promise<FoundModel> {
  const isFolder = isImported(text);
  if (isFolder || extname(text) === ".json") {
    checkNoSet(where, set, text);
    return isFolder ? importedModel(text) : { model: readModelFile(text) };
  }
  const found = await findDefinition(where, text);
  if (found === undefined) throw new InputError(where, trainableText, modelGuess(text));
  const { definition: model, module } = withSet(where, found, set);
  return { model, ...(module && { module }) };
}

/** The names of its classes are left out: those of the data that it is trained on count. */
function importedModel(folder: string): FoundModel {
  const { model, normalisation } = readImported(folder);
  return { model, ...(normalisation && { normalisation }) };
}

function readModelFile(file: string): Model {
  return decodeModel(readText(file, "a model.json"), file);
}

/** @throws InputError where options are given of a network that is built already */
function checkNoSet(where: string, set: readonly string[], text: string): void {
  if (set.length > 0) throw new InputError(where, "--set only with a definition", text);
}

async function findDefinition(where: string, text: string): Promise<FoundDefinition | undefined> {
  const name = modelNames.find((each) => each === text);
  if (name !== undefined) return { definition: models[name] };
  return isModulePath(text) ? importModelModule(where, text) : undefined;
}

/** The definition with the options of `--set`. */
function withSet(where: string, found: FoundDefinition, set: readonly string[]): FoundDefinition {
  if (set.length === 0) return found;
  const { definition } = found;
  const name = `${where}: --set of ${definition.name}`;
  const chosen = parseOptions(name, definition.options ?? {}, set);
  try {
    return { ...found, definition: withOptions(definition, chosen) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(name, error.expected, error.got);
  }
}
