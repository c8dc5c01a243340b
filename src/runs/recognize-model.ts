import { InputError } from "../errors.js";
import { excerpt } from "../formats/excerpt.js";
import type { Shape } from "../graph/graph.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { inheritedParameters } from "../models/coord-conv.js";
import { buildModel, type ImageShape, type ModelName, modelNames } from "../models/index.js";
import type { Weights } from "./weights-file.node.js";

/** What the images are that a model is evaluated on; a `Dataset` is one. */
export interface ModelInput extends ImageShape {
  readonly classes: number;
}

/** The tensors of a file; `Weights` is one. */
export type ModelTensors = Pick<Weights, "parameters"> & Partial<Pick<Weights, "integers">>;

/** A model and the tensors of a file that belong to it. */
export interface RecognizedModel {
  readonly model: ModelName;
  /** What the model reads, and nothing else. */
  readonly parameters: NamedTensors;
  /** What the study's code stores beside it and nothing reads, in the file's order. */
  readonly unused: readonly UnusedTensor[];
}

export interface UnusedTensor {
  readonly name: string;
  readonly shape: Shape;
}

interface Mismatch {
  readonly expected: string;
  readonly got: string;
}

/**
 * Which model these tensors belong to: the one that is named, or else the one model whose parameters
 * have these names and shapes. Beside them may stand what the study's checkpoints have and no part of
 * the model reads (`inheritedParameters` of `src/models/coord-conv.ts`); it is left out and reported.
 *
 * @param where the file, for messages
 * @param named the model's name from the user or from the file's metadata
 * @throws InputError where no model fits, or more than one does (models may differ in nothing but
 * what their attention runs over)
 */
export function recognizeModel(
  where: string,
  tensors: ModelTensors,
  input: ModelInput,
  named?: string,
): RecognizedModel {
  if (named !== undefined) {
    const model = modelNames.find((name) => name === named);
    if (!model) throw new InputError(where, `a model of ${modelNames.join(", ")}`, named);
    const { parameters } = buildModel(model, input, input.classes);
    const match = matchModel(tensors, model, parameters);
    if ("expected" in match) throw new InputError(where, match.expected, match.got);
    return match;
  }
  const fitting = modelNames
    .map((model) => tryModel(tensors, model, input))
    .filter((match) => match !== undefined);
  if (fitting.length === 1) return fitting[0]!;
  if (fitting.length > 1) {
    const models = fitting.map(({ model }) => model).join(", ");
    const expected = `--model to say which of ${models} it is`;
    throw new InputError(where, expected, "parameters that fit each of them");
  }
  throw noModelFits(where, tensors, input);
}

/** What wrappers of PyTorch's put before each name. */
const wrappers = ["module.", "_orig_mod."];

/** Says what is missing to the nearest model, where one is near. */
function noModelFits(where: string, tensors: ModelTensors, input: ModelInput): InputError {
  const names = allNames(tensors);
  const prefix = wrappers.find((start) => names.every((name) => name.startsWith(start)));
  if (names.length > 0 && prefix !== undefined) {
    const expected = `names without "${prefix}" (save the state dict of the network inside)`;
    return new InputError(where, expected, plain(names[0]!));
  }
  const nearest = nearestModel(names, input);
  const mismatch = nearest && matchModel(tensors, nearest.model, nearest.wanted);
  if (mismatch && "expected" in mismatch) {
    const expected = `${mismatch.expected} (the nearest model is ${nearest.model})`;
    return new InputError(where, expected, mismatch.got);
  }
  const shown = names.slice(0, 3).map(plain).join(", ") || "none";
  return new InputError(where, `the parameters of one of ${modelNames.join(", ")}`, shown);
}

/** The model that shares most names with a file: at least half, counted over both. */
function nearestModel(
  names: readonly string[],
  input: ModelInput,
): { readonly model: ModelName; readonly wanted: Wanted } | undefined {
  let nearest: ReturnType<typeof nearestModel>;
  let most = 0.5;
  for (const model of modelNames) {
    const wanted = tryParameters(model, input);
    if (!wanted) continue;
    const shared = wanted.filter(({ name }) => names.includes(name)).length;
    const share = (2 * shared) / (wanted.length + names.length);
    if (share > most) [nearest, most] = [{ model, wanted }, share];
  }
  return nearest;
}

/**
 * Checks that these are the parameters of a model: the same names, the same shapes.
 *
 * @throws InputError naming the first one that is missing, has another shape, or is unknown
 */
export function checkParameters(
  where: string,
  tensors: ModelTensors,
  model: ModelName,
  input: ModelInput,
): void {
  const { parameters, unused } = recognizeModel(where, tensors, input, model);
  if (unused.length > 0) {
    const expected = `the ${parameters.size} parameters of ${model}`;
    throw new InputError(where, expected, `also ${unused[0]!.name}`);
  }
}

type Wanted = ReturnType<typeof buildModel>["parameters"];

/** A model's parameters; undefined where it is too deep for the images. */
function tryParameters(model: ModelName, input: ModelInput): Wanted | undefined {
  try {
    return buildModel(model, input, input.classes).parameters;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function tryModel(
  tensors: ModelTensors,
  model: ModelName,
  input: ModelInput,
): RecognizedModel | undefined {
  const wanted = tryParameters(model, input);
  const match = wanted && matchModel(tensors, model, wanted);
  return match && "expected" in match ? undefined : match;
}

function matchModel(
  tensors: ModelTensors,
  model: ModelName,
  wanted: Wanted,
): RecognizedModel | Mismatch {
  const parameters = new Map<string, Tensor32>();
  for (const { name, shape } of wanted) {
    const expected = `${name} of shape ${show(shape)} for ${model}`;
    const integers = tensors.integers?.get(name);
    if (integers) return { expected: `${name} in floating point`, got: integers.dtype };
    const tensor = tensors.parameters.get(name);
    if (!tensor) return { expected, got: "no such parameter" };
    if (show(tensor.shape) !== show(shape)) return { expected, got: show(tensor.shape) };
    parameters.set(name, tensor);
  }
  const inherited = new Map(inheritedParameters(wanted).map(({ name, shape }) => [name, shape]));
  const unused: UnusedTensor[] = [];
  for (const name of allNames(tensors)) {
    if (parameters.has(name)) continue;
    const { shape } = (tensors.parameters.get(name) ?? tensors.integers?.get(name))!;
    const expectedShape = inherited.get(name);
    if (!expectedShape || show(shape) !== show(expectedShape)) {
      return {
        expected: `the ${parameters.size} parameters of ${model}`,
        got: `also ${plain(name)}`,
      };
    }
    unused.push({ name, shape });
  }
  return { model, parameters, unused };
}

function allNames({ parameters, integers }: ModelTensors): string[] {
  return [...parameters.keys(), ...(integers?.keys() ?? [])];
}

function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** A name from a file: as it is, or as an excerpt where it is long or strange. */
function plain(name: string): string {
  return /^[\w.-]{1,60}$/.test(name) ? name : excerpt(name);
}
