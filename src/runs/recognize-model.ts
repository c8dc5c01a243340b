import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import type { Shape } from "../graph/graph.js";
import { graphHash } from "../graph/graph-codec.js";
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
  /** What a wrapper put before every name of the file, such as `module.`, and was taken off. */
  readonly prefix?: string;
}

/** A tensor of a file that no part of the model reads. */
export interface UnusedTensor {
  readonly name: string;
  readonly shape: Shape;
}

interface Mismatch {
  readonly expected: string;
  readonly got: string;
}

/**
 * The tensors of a file that are a model's parameters: the same names, the same shapes. Beside them may stand what a
 * layer inherits and no part of the model reads (`inheritedParameters` of `src/models/coord-conv.ts`); it is left out
 * and reported. PyTorch's count of a batch norm's batches is left out, too. Where every name has the same prefix, as
 * `module.` of `DataParallel`, `_orig_mod.` of `torch.compile` or `model.` of Lightning, the names without it may fit
 * in place of those with it.
 *
 * @param where the file, for messages
 * @throws InputError naming the first one that is missing, has another shape, or is unknown
 * @example
 * const tensors = readWeights("runs/2026-11-23-142530-stn-seed0/best.safetensors");
 * const { parameters } = matchModel("best.safetensors", tensors, models.stn.build(data));
 */
export function matchModel(where: string, tensors: ModelTensors, model: Model): RecognizedModel {
  let mismatch: Mismatch | undefined;
  for (const reading of readingsOf(tensors)) {
    const match = compareParameters(reading.tensors, model);
    if (!("expected" in match)) return withPrefix(match, reading);
    mismatch ??= match;
  }
  const { expected, got } = mismatch!;
  throw new InputError(where, expected, got);
}

/**
 * Which of some models these tensors belong to: the one whose parameters have these names and shapes.
 *
 * @param where the file, for messages
 * @param candidates those that are too deep for the images are left out
 * @throws InputError where no model fits, or more than one does (models may differ in nothing but
 * what their attention runs over)
 * @example
 * const tensors = readWeights("runs/2026-11-23-142530-stn-seed0/best.safetensors");
 * const { model } = recognizeModel("best.safetensors", tensors, Object.values(models), data);
 * console.log(model.name); // stn
 */
export function recognizeModel(
  where: string,
  tensors: ModelTensors,
  candidates: readonly ModelDefinition[],
  input: ModelInput,
): RecognizedModel {
  const models = candidates.flatMap((candidate) => tryBuild(candidate, input) ?? []);
  const readings = readingsOf(tensors);
  for (const reading of readings) {
    const fitting = different(models).flatMap((model) => {
      const match = compareParameters(reading.tensors, model);
      return "expected" in match ? [] : [withPrefix(match, reading)];
    });
    if (fitting.length === 1) return fitting[0]!;
    if (fitting.length > 1) {
      const names = fitting.map(({ model }) => model.name).join(", ");
      const expected = `the option model to say which of ${names} it is`;
      throw new InputError(where, expected, "parameters that fit each of them");
    }
  }
  throw noModelFits(where, readings, models);
}

/** Of models with the same graph, the first: `looks` with its defaults is `cnn`. */
function different(models: readonly Model[]): Model[] {
  const hashes = models.map(({ graph }) => graphHash(graph));
  return models.filter((_, at) => hashes.indexOf(hashes[at]!) === at);
}

/** A file's tensors under names without a prefix that all of them had; `""` is none. */
interface Reading {
  readonly tensors: ModelTensors;
  readonly prefix: string;
}

/** So many wrappers are taken off. */
const MOST_WRAPPERS = 4;

/** The tensors as they are named, then without one, two, … first words that all names share. */
function readingsOf(tensors: ModelTensors): Reading[] {
  const names = allNames(tensors);
  const [first = ""] = names;
  const readings = [{ tensors, prefix: "" }];
  for (let prefix = ""; readings.length <= MOST_WRAPPERS; ) {
    const end = first.indexOf(".", prefix.length) + 1;
    prefix = first.slice(0, end);
    if (end === 0 || !names.every((name) => name.startsWith(prefix))) break;
    readings.push({ tensors: withoutPrefix(tensors, prefix), prefix });
  }
  return readings;
}

function withoutPrefix({ parameters, integers }: ModelTensors, prefix: string): ModelTensors {
  const strip = <Value>(tensors: ReadonlyMap<string, Value>): Map<string, Value> =>
    new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
  return { parameters: strip(parameters), ...(integers && { integers: strip(integers) }) };
}

function withPrefix(match: RecognizedModel, { prefix }: Reading): RecognizedModel {
  return prefix === "" ? match : { ...match, prefix };
}

/** Says what is missing to the nearest model, where one is near. */
function noModelFits(
  where: string,
  readings: readonly Reading[],
  models: readonly Model[],
): InputError {
  for (const { tensors, prefix } of readings) {
    const nearest = nearestModel(tensors, models);
    const mismatch = nearest && compareParameters(tensors, nearest);
    if (mismatch && "expected" in mismatch) {
      const without = prefix === "" ? "" : `, names without ${excerpt(prefix)}`;
      const expected = `${mismatch.expected} (the nearest model is ${nearest.name}${without})`;
      return new InputError(where, expected, mismatch.got);
    }
  }
  const names = allNames(readings[0]!.tensors);
  const shown = names.slice(0, 3).map(plain).join(", ") || "none";
  const known = models.map(({ name }) => name).join(", ");
  return new InputError(where, `the parameters of one of ${known}`, shown);
}

/** The model that shares most names and shapes with a file: at least half, counted over both. */
function nearestModel(tensors: ModelTensors, models: readonly Model[]): Model | undefined {
  const names = allNames(tensors);
  const shapeOf = (name: string) => tensors.parameters.get(name)?.shape.join();
  let nearest: Model | undefined;
  let most = 0.5;
  for (const model of models) {
    const { parameters } = model.graph;
    const shared = parameters.filter(({ name }) => names.includes(name));
    const equal = shared.filter(({ name, shape }) => shapeOf(name) === shape.join());
    const share = (shared.length + equal.length) / (parameters.length + names.length);
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
  const match = compareParameters(tensors, model);
  if ("expected" in match) throw new InputError(where, match.expected, match.got);
  const { parameters, unused } = match;
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
  const buffers = new Set(wanted.flatMap(({ name, buffer }) => (buffer ? [name] : [])));
  for (const name of allNames(tensors)) {
    if (parameters.has(name) || isBatchCount(name, buffers)) continue;
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

/** PyTorch counts the batches that a batch norm has seen, for a momentum that Fovea does not have. */
function isBatchCount(name: string, buffers: ReadonlySet<string>): boolean {
  const [layer, rest] = name.split(/\.num_batches_tracked$/);
  return rest !== undefined && buffers.has(`${layer}.running_mean`);
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
