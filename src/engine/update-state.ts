import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import type { Layout } from "./layout.js";
import { matchingTensors } from "./matching-tensors.js";
import { type ParameterPlace, pack, placedSize, unpack } from "./parameter-layout.js";
import { stateNames } from "./update-rule.js";

/** An array with values of some parameters. */
interface StateArray {
  /** Comes before the parameters' names. */
  readonly name: string;
  readonly address: number;
  readonly places: readonly ParameterPlace[];
}

function arraysOf({ update, places }: Layout): StateArray[] {
  if (update === undefined) return [];
  const { rule, states, averages, trained } = update;
  const kept = stateNames(rule.optimizer).flatMap((name, index) =>
    name === undefined ? [] : [{ name, address: states[index]!, places: trained }],
  );
  return averages === 0 ? kept : [...kept, { name: "averages", address: averages, places }];
}

function named({ name, places }: StateArray): ParameterPlace[] {
  return places.map((place) => {
    const { parameter } = place;
    return { ...place, parameter: { ...parameter, name: `${name}.${parameter.name}` } };
  });
}

/** A copy of what an engine's update keeps from step to step. */
export function readState(memory: WebAssembly.Memory, layout: Layout): Map<string, Tensor32> {
  const found = new Map<string, Tensor32>();
  for (const array of arraysOf(layout)) {
    const values = new Float32Array(memory.buffer, array.address, placedSize(layout.places));
    for (const place of named(array)) {
      const { name, shape } = place.parameter;
      found.set(name, { shape, values: unpack(place, values) });
    }
  }
  return found;
}

/** Writes it. @throws InputError where a tensor is missing, unknown or of another shape; then nothing is written */
export function writeState(
  memory: WebAssembly.Memory,
  layout: Layout,
  tensors: NamedTensors,
): void {
  const arrays = arraysOf(layout);
  const given = matchingTensors(arrays.flatMap(named), tensors);
  let next = 0;
  for (const array of arrays) {
    const values = new Float32Array(memory.buffer, array.address, placedSize(layout.places));
    values.fill(0);
    for (const place of array.places) pack(place, given[next++]!.values, values);
  }
}
