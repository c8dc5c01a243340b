import { shown, shownName } from "../arguments.js";
import { InputError } from "../errors.js";
import { sizeOf } from "../graph/graph.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import type { ParameterPlace } from "./parameter-layout.js";

/**
 * The tensor of each parameter, in the order of the parameters. Any values are allowed, also NaN.
 *
 * @throws InputError where one is missing, unknown or of another shape
 */
export function matchingTensors(
  places: readonly ParameterPlace[],
  tensors: NamedTensors,
): Tensor32[] {
  if (!(tensors instanceof Map)) {
    throw new InputError("parameters", "a Map of tensors by name", shown(tensors));
  }
  const known = new Set(places.map(({ parameter }) => parameter.name));
  for (const name of tensors.keys()) {
    if (known.has(name)) continue;
    const got = typeof name === "string" ? shownName(name) : shown(name);
    throw new InputError("parameters", [...known].join(", ") || "none", got);
  }
  return places.map((place) => matchingTensor(place, tensors));
}

function matchingTensor({ parameter }: ParameterPlace, tensors: NamedTensors): Tensor32 {
  const { name, shape } = parameter;
  const tensor = tensors.get(name);
  if (!tensors.has(name)) throw new InputError("parameters", name, "none of this name");
  const { shape: given, values } = Object(tensor) as Tensor32;
  if (!Array.isArray(given) || given.join() !== shape.join()) {
    const got = Array.isArray(given) ? `[${given.join(", ")}]` : shown(given);
    throw new InputError(name, `shape [${shape.join(", ")}]`, got);
  }
  const size = sizeOf(shape);
  if (!(values instanceof Float32Array) || values.length !== size) {
    throw new InputError(name, `values to be a Float32Array of ${size}`, shown(values));
  }
  return tensor!;
}
