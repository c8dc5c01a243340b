import { InputError } from "../errors.js";
import type { Shape } from "../graph/graph.js";
import type { NamedTensors } from "../graph/tensors.js";
import { buildModel, type ImageShape, type ModelName, modelNames } from "../models/index.js";

/** What the images are that a model is evaluated on; a `Dataset` is one. */
export interface ModelInput extends ImageShape {
  readonly classes: number;
}

/**
 * Which model these parameters belong to: the one that is named, or else the one model whose
 * parameters have these names and shapes.
 *
 * @param where the parameters' file, for messages
 * @param named the model's name from the user or from the file's metadata
 * @throws InputError where no model fits, or more than one does (models may differ in nothing but
 * what their attention runs over)
 */
export function recognizeModel(
  where: string,
  parameters: NamedTensors,
  input: ModelInput,
  named?: string,
): ModelName {
  if (named !== undefined) {
    const model = modelNames.find((name) => name === named);
    if (!model) throw new InputError(where, `a model of ${modelNames.join(", ")}`, named);
    checkParameters(where, parameters, model, input);
    return model;
  }
  const fitting = modelNames.filter((model) => fits(parameters, model, input));
  if (fitting.length === 1) return fitting[0]!;
  if (fitting.length > 1) {
    const expected = `--model to say which of ${fitting.join(", ")} it is`;
    throw new InputError(where, expected, "parameters that fit each of them");
  }
  const names = [...parameters.keys()].slice(0, 3).join(", ") || "none";
  throw new InputError(where, `the parameters of one of ${modelNames.join(", ")}`, names);
}

/**
 * Checks that these are the parameters of a model: the same names, the same shapes.
 *
 * @throws InputError naming the first one that is missing, has another shape, or is unknown
 */
export function checkParameters(
  where: string,
  parameters: NamedTensors,
  model: ModelName,
  input: ModelInput,
): void {
  const mismatch = findMismatch(parameters, model, input);
  if (mismatch) throw new InputError(where, mismatch.expected, mismatch.got);
}

function fits(parameters: NamedTensors, model: ModelName, input: ModelInput): boolean {
  try {
    return findMismatch(parameters, model, input) === undefined;
  } catch (error) {
    // A model can be too deep for small images: then it is not the one.
    if (error instanceof InputError) return false;
    throw error;
  }
}

function findMismatch(parameters: NamedTensors, model: ModelName, input: ModelInput) {
  const wanted = buildModel(model, input, input.classes).parameters;
  for (const { name, shape } of wanted) {
    const expected = `${name} of shape ${show(shape)} for ${model}`;
    const tensor = parameters.get(name);
    if (!tensor) return { expected, got: "no such parameter" };
    if (show(tensor.shape) !== show(shape)) return { expected, got: show(tensor.shape) };
  }
  const known = new Set(wanted.map(({ name }) => name));
  const extra = [...parameters.keys()].find((name) => !known.has(name));
  if (extra === undefined) return undefined;
  return { expected: `the ${known.size} parameters of ${model}`, got: `also ${extra}` };
}

function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}
