import { InputError } from "../errors.js";
import { graphHash } from "../graph/graph-codec.js";
import type { ModelDefinition, ModelInput } from "../graph/model.js";
import { defaultOf, type ModelOptions, type OptionDefaults } from "../graph/model-options.js";
import { type ModelName, modelNames, models } from "../models/index.js";
import type { RunRecord } from "./record-codec.js";

/**
 * The catalogue's model that a run trained, with the options that the run records; undefined where it only has the name of
 * one, or not even that.
 */
export function catalogueModelOf({
  model,
  options,
  data,
  spec,
}: Pick<RunRecord, "model" | "options" | "data" | "spec">): ModelName | undefined {
  const name = modelNames.find((each) => each === model);
  if (name === undefined) return undefined;
  return hashFor(name, data, options) === spec.model ? name : undefined;
}

/** The options in which a run of the catalogue's model differs from its defaults. */
export function changedOptions(name: ModelName, { options = {} }: Pick<RunRecord, "options">) {
  const defaults: OptionDefaults = optionsOf(name) ?? {};
  return Object.fromEntries(
    Object.entries(options).filter(
      ([option, value]) =>
        Object.hasOwn(defaults, option) && defaultOf(defaults[option]!) !== value,
    ),
  );
}

function optionsOf(name: ModelName): OptionDefaults | undefined {
  const definition: ModelDefinition = models[name];
  return definition.options;
}

/** Undefined where the images are too small for the model, or the options are not its own. */
function hashFor(
  name: ModelName,
  input: ModelInput,
  options: ModelOptions | undefined,
): string | undefined {
  try {
    const chosen = optionsOf(name) === undefined ? {} : options;
    return graphHash(models[name].build(input, chosen).graph);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
