import { dirname, join } from "node:path";
import type { Dataset } from "../data/dataset.js";
import { InputError } from "../errors.js";
import { type Model, type ModelDefinition, withOptions } from "../graph/model.js";
import { modelNames } from "../models/names.js";
import { variantsOf } from "../study/expand.js";
import type { Study } from "../study/manifest.js";
import { readDefinition } from "./model-source.js";

/**
 * Builds the network of each variant of a study.
 *
 * @param file of the manifest: paths of modules begin in its folder; undefined where they begin in the current one
 * @throws InputError naming the model where there is no such module, or an option is wrong
 */
export async function studyNetworks(
  where: string,
  study: Study,
  data: Dataset,
  file?: string,
): Promise<Map<string, Model>> {
  const definitions = new Map<string, ModelDefinition>();
  for (const { name, model } of study.models) {
    const isCatalogue = modelNames.some((each) => each === model);
    const path = isCatalogue || file === undefined ? model : join(dirname(file), model);
    definitions.set(name, (await readDefinition(where, name, path)).definition);
  }
  const networks = new Map<string, Model>();
  for (const { name, model, set } of variantsOf(study, where)) {
    const definition = definitions.get(model)!;
    const built = named(`${where}: ${name}`, () => withOptions(definition, set).build(data));
    networks.set(name, { ...built, name: model });
  }
  return networks;
}

function named<Value>(where: string, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${where}: ${error.where}`, error.expected, error.got);
  }
}
