import { checkSeed } from "../arguments.js";
import { checkGraph } from "../graph/check-graph.js";
import type { Graph, Initialization, Parameter } from "../graph/graph.js";
import { sizeOf } from "../graph/graph.js";
import { philox, STREAM_INITIALIZATION } from "../graph/philox.js";
import type { NamedTensors } from "../graph/tensors.js";

/**
 * Initial values of all parameters. The distributions are PyTorch's defaults, the random numbers are not.
 *
 * @param seed whole number, 0 .. 2³² − 1
 * @returns tensors by parameter name
 * @throws InputError where `graph` is not a graph, or the seed is out of range
 * @example
 * const parameters = initialize(model.build(data).graph, 0);
 * for (const [name, { shape }] of parameters) console.log(name, shape);
 */
export function initialize(graph: Graph, seed: number): NamedTensors {
  checkGraph("initialize", "graph", graph);
  checkSeed("initialize", "seed", seed);
  return new Map(
    graph.parameters.map((parameter, index) => [
      parameter.name,
      { shape: parameter.shape, values: firstValues(parameter, seed, index) },
    ]),
  );
}

function firstValues(parameter: Parameter, seed: number, index: number): Float32Array {
  const { initialization, shape } = parameter;
  const values = new Float32Array(sizeOf(shape));
  fill[initialization.kind](values, initialization as never, { seed, index });
  return values;
}

/** Writes the initial values of one kind of initialization. */
type Fill<Kind extends Initialization["kind"]> = (
  values: Float32Array,
  initialization: Extract<Initialization, { kind: Kind }>,
  random: { readonly seed: number; readonly index: number },
) => void;

const fill: { readonly [Kind in Initialization["kind"]]: Fill<Kind> } = {
  constant: (values, { value }) => void values.fill(value),
  values: (values, { values: given }) => values.set(given),
  // (2u − 1) · bound, where u = k / 2²⁴ and k is a random number of 24 bits
  uniform: (values, { bound }, { seed, index }) => {
    const key = { seed, stream: STREAM_INITIALIZATION + index, step: 0 };
    for (let at = 0; at < values.length; at += 4) {
      philox(key, at / 4).forEach((bits, lane) => {
        if (at + lane < values.length) values[at + lane] = ((bits >>> 8) / 2 ** 23 - 1) * bound;
      });
    }
  },
};
