import { existsSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../errors.js";
import { readText } from "../files/read-file.node.js";
import type { ModelDefinition, ModelSource } from "../graph/model.js";
import { modelNames, models } from "../models/index.js";
import { decodeModel } from "../runs/model-codec.js";
import { isRun, readModel } from "../runs/run-folder.node.js";
import { modelGuess } from "./option-values.js";

/** File endings of modules. */
const moduleEndings = [".mjs", ".js"];

/**
 * A model of the catalogue by its name, or the default export of a module, made by `defineModel`.
 *
 * @throws InputError where there is no such name or module, or the module exports something else
 */
export async function readDefinition(
  where: string,
  option: string,
  text: string,
): Promise<ModelDefinition> {
  const found = await findDefinition(where, text);
  if (found !== undefined) return found;
  const expected = `${option} to be ${modelNames.join(", ")}, or a module (.mjs, .js)`;
  throw new InputError(where, expected, modelGuess(text));
}

/**
 * As {@link readDefinition}, and the network of a run folder or of a `model.json`.
 *
 * @throws InputError as `readDefinition` and `readRun` do
 */
export async function readModelSource(where: string, text: string): Promise<ModelSource> {
  const found = await findDefinition(where, text);
  if (found !== undefined) return found;
  if (extname(text) === ".json") return decodeModel(readText(text, "a model.json"), text);
  if (isRun(text)) return readModel(text);
  const expected = `MODEL to be ${modelNames.join(", ")}, a module (.mjs, .js), a run folder or a model.json`;
  throw new InputError(where, expected, modelGuess(text));
}

async function findDefinition(where: string, text: string): Promise<ModelDefinition | undefined> {
  const name = modelNames.find((each) => each === text);
  if (name !== undefined) return models[name];
  return moduleEndings.includes(extname(text)) ? importDefinition(where, text) : undefined;
}

async function importDefinition(where: string, path: string): Promise<ModelDefinition> {
  if (!existsSync(path))
    throw new InputError(where, `${join(path)} to be a module`, "no such file");
  const { default: exported } = (await import(pathToFileURL(resolve(path)).href)) as {
    default?: unknown;
  };
  if (exported instanceof Object && "name" in exported && "build" in exported) {
    return exported as ModelDefinition;
  }
  throw new InputError(path, "a default export made by defineModel", typeof exported);
}
