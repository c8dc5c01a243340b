import { type Graph, sizeOf } from "../graph/graph.js";
import { definitionOf } from "../graph/node-facts.js";
import { coordinateChannels } from "../graph/ops/convolution/coordinates.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";

/**
 * The parameters of a network with 0 for all weights of coordinates: its convolutions then see 0 in the two coordinate
 * channels of every position.
 *
 * @returns undefined where no layer reads coordinates
 */
export function withoutCoordinates(
  { nodes, parameters }: Graph,
  trained: NamedTensors,
): Map<string, Tensor32> | undefined {
  const weights = nodes.flatMap((node) =>
    node.parameters.filter(
      (_, at) => definitionOf(node).parameterLayouts[at] === "coordConvolution",
    ),
  );
  if (weights.length === 0) return undefined;
  const changed = new Map(trained);
  for (const index of weights) {
    const { name } = parameters[index]!;
    changed.set(name, withoutLastChannels(trained.get(name)!));
  }
  return changed;
}

/** @param weight [out, in + 2, rows, columns], the coordinates last */
function withoutLastChannels({ shape, values }: Tensor32): Tensor32 {
  const [, channels = 0, ...kernel] = shape;
  const size = sizeOf(kernel);
  const isCoordinate = (at: number) =>
    Math.floor(at / size) % channels >= channels - coordinateChannels;
  return { shape, values: values.map((value, at) => (isCoordinate(at) ? 0 : value)) };
}
