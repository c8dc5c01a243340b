import { InputError } from "../errors.js";
import { graphHash } from "../graph/graph-codec.js";
import type { ModelDefinition, ModelInput } from "../graph/model.js";
import type { ModelOptions } from "../graph/model-options.js";
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

/** Undefined where the images are too small for the model, or the options are not the model's. */
function hashFor(
  name: ModelName,
  input: ModelInput,
  options: ModelOptions | undefined,
): string | undefined {
  try {
    const { options: own }: ModelDefinition = models[name];
    return graphHash(models[name].build(input, own === undefined ? {} : options).graph);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
