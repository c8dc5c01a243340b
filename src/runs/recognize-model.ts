import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import type { Shape } from "../graph/graph.js";
import type { Model, ModelDefinition, ModelInput } from "../graph/model.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { inheritedParameters } from "../models/coord-conv.js";
import type { Weights } from "./weights-codec.js";

/** The tensors of a file; `Weights` is one. */
export type ModelTensors = Pick<Weights, "parameters"> & Partial<Pick<Weights, "integers">>;

/** A model and the tensors of a file that belong to it. */
export interface RecognizedModel {
  readonly model: Model;
  /** What the model reads, and nothing else. */
  readonly parameters: NamedTensors;
  /** What a layer stores that inherits weights which nothing reads, in the file's order. */
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
 * The tensors of a file that are a model's parameters: the same names, the same shapes. Beside them may
 * stand what a layer inherits and no part of the model reads (`inheritedParameters` of
 * `src/models/coord-conv.ts`); it is left out and reported.
 *
 * @param where the file, for messages
 * @throws InputError naming the first one that is missing, has another shape, or is unknown
 */
export function matchModel(where: string, tensors: ModelTensors, model: Model): RecognizedModel {
  const match = compareParameters(tensors, model);
  if ("expected" in match) throw new InputError(where, match.expected, match.got);
  return match;
}

/**
 * Which of some models these tensors belong to: the one whose parameters have these names and shapes.
 *
 * @param where the file, for messages
 * @param candidates those that are too deep for the images are left out
 * @throws InputError where no model fits, or more than one does (models may differ in nothing but
 * what their attention runs over)
 */
export function recognizeModel(
  where: string,
  tensors: ModelTensors,
  candidates: readonly ModelDefinition[],
  input: ModelInput,
): RecognizedModel {
  const models = candidates.flatMap((candidate) => tryBuild(candidate, input) ?? []);
  const fitting = models.flatMap((model) => {
    const match = compareParameters(tensors, model);
    return "expected" in match ? [] : [match];
  });
  if (fitting.length === 1) return fitting[0]!;
  if (fitting.length > 1) {
    const names = fitting.map(({ model }) => model.name).join(", ");
    const expected = `--model to say which of ${names} it is`;
    throw new InputError(where, expected, "parameters that fit each of them");
  }
  throw noModelFits(where, tensors, models);
}

/** What wrappers of PyTorch's put before each name. */
const wrappers = ["module.", "_orig_mod."];

/** Says what is missing to the nearest model, where one is near. */
function noModelFits(where: string, tensors: ModelTensors, models: readonly Model[]): InputError {
  const names = allNames(tensors);
  const prefix = wrappers.find((start) => names.every((name) => name.startsWith(start)));
  if (names.length > 0 && prefix !== undefined) {
    const expected = `names without "${prefix}" (save the state dict of the network inside)`;
    return new InputError(where, expected, plain(names[0]!));
  }
  const nearest = nearestModel(names, models);
  const mismatch = nearest && compareParameters(tensors, nearest);
  if (mismatch && "expected" in mismatch) {
    const expected = `${mismatch.expected} (the nearest model is ${nearest.name})`;
    return new InputError(where, expected, mismatch.got);
  }
  const shown = names.slice(0, 3).map(plain).join(", ") || "none";
  const known = models.map(({ name }) => name).join(", ");
  return new InputError(where, `the parameters of one of ${known}`, shown);
}

/** The model that shares most names with a file: at least half, counted over both. */
function nearestModel(names: readonly string[], models: readonly Model[]): Model | undefined {
  let nearest: Model | undefined;
  let most = 0.5;
  for (const model of models) {
    const { parameters } = model.graph;
    const shared = parameters.filter(({ name }) => names.includes(name)).length;
    const share = (2 * shared) / (parameters.length + names.length);
    if (share > most) [nearest, most] = [model, share];
  }
  return nearest;
}

/**
 * Checks that these are the parameters of a model and nothing else.
 *
 * @throws InputError naming the first one that is missing, has another shape, or is unknown
 */
export function checkParameters(where: string, tensors: ModelTensors, model: Model): void {
  const { parameters, unused } = matchModel(where, tensors, model);
  if (unused.length > 0) {
    const expected = `the ${parameters.size} parameters of ${model.name}`;
    throw new InputError(where, expected, `also ${unused[0]!.name}`);
  }
}

/** Undefined where the model is too deep for the images. */
function tryBuild(candidate: ModelDefinition, input: ModelInput): Model | undefined {
  try {
    return candidate.build(input);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function compareParameters(tensors: ModelTensors, model: Model): RecognizedModel | Mismatch {
  const wanted = model.graph.parameters;
  const parameters = new Map<string, Tensor32>();
  for (const { name, shape } of wanted) {
    const expected = `${name} of shape ${show(shape)} for ${model.name}`;
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
        expected: `the ${parameters.size} parameters of ${model.name}`,
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
