import type { Model, ModelDefinition, ModelInput } from "../graph/model.js";
import { catalogueModel, models } from "../models/index.js";
import { matchModel, type RecognizedModel, recognizeModel } from "../runs/recognize-model.js";
import type { Weights } from "../runs/weights-codec.js";

/** What says which model weights belong to, the first that is there. */
export interface ModelHints {
  /** `--model`. */
  readonly named?: ModelDefinition;
  /** Of the run that the weights are from. */
  readonly recorded?: Model;
}

/**
 * The model that weights belong to: the one that was asked for, the run's, the one that Fovea wrote
 * into the file, or the one of the catalogue that they fit.
 *
 * @throws InputError where they are not the model's, or fit none or several
 */
export function recognizeWeights(
  file: string,
  weights: Weights,
  input: ModelInput,
  { named, recorded }: ModelHints,
): RecognizedModel {
  if (named !== undefined) return matchModel(file, weights, named.build(input));
  if (recorded !== undefined) return matchModel(file, weights, recorded);
  const { checkpoint } = weights;
  if (checkpoint !== undefined) {
    return matchModel(file, weights, catalogueModel(file, checkpoint.model).build(input));
  }
  return recognizeModel(file, weights, Object.values(models), input);
}
