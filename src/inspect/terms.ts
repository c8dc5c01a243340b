import type { Graph, Node } from "../graph/graph.js";
import { definitionOf, roleOf } from "../graph/node-facts.js";
import type { ReferenceCall, ReferenceGradients, Tensor64 } from "../graph/ops/op.js";
import type { NamedTensors } from "../graph/tensors.js";

/** A product of a sum: a value of an input, and what it is multiplied by. */
export interface Term {
  /** Image of the batch. */
  readonly slot: number;
  /** Id of the node that the value is of. */
  readonly node: number;
  /** Position in the node's value, `[channel, row, column]` row-major. */
  readonly at: number;
  readonly weight: number;
  readonly value: number;
}

/** A value, written as a sum of products and a constant: `value = Σ weight · value of an input + constant`. */
export interface Sum {
  readonly value: number;
  /** Those with a weight that is not 0. */
  readonly terms: readonly Term[];
  /** What is added to the products: a bias, or what coordinates add. */
  readonly constant: number;
}

/** What a batch has computed: a node's value for an image. */
export type ValueOf = (node: number, slot: number) => Float32Array;

/**
 * Writes one value of a network as a sum over its node's inputs. The weight of an input is the derivative that the op
 * itself defines, so that the sum is exact for all ops that are linear as long as nothing else changes: convolutions,
 * linear layers, pooling, ReLU, sampling at given positions, and attention as the sum of values with given shares.
 *
 * @param at position in the node's value for image 0 of the batch
 * @param images number of images of the batch
 * @returns undefined where the node is no such sum: inputs, losses, logarithms of probabilities
 */
export function termsOf(
  { nodes, parameters }: Graph,
  node: Node,
  at: number,
  values: ValueOf,
  trained: NamedTensors,
  images = 1,
): Sum | undefined {
  const read = linearInputs(node);
  if (read.length === 0) return undefined;
  const involved = definitionOf(node).scope === "image" ? 1 : images;
  const calls = Array.from({ length: involved }, (_, slot): ReferenceCall<unknown> => {
    return {
      inputs: node.inputs.map((id) => tensor64(nodes[id]!.shape, values(id, slot))),
      parameters: node.parameters.map((index) => {
        const { name, shape } = parameters[index]!;
        return tensor64(shape, trained.get(name)!.values);
      }),
      ...{ attributes: node.attributes, shape: node.shape, label: 0 },
      ...{ labels: Array(involved).fill(0), training: false, keeps: () => true },
    };
  });
  const found = gradientsOf(node, calls, at, values);
  const terms = found.flatMap(({ inputs }, slot) =>
    read.flatMap((input) => {
      const weights = inputs[input] ?? new Float64Array();
      const id = node.inputs[input]!;
      return nonZero(weights).map((position): Term => {
        const value = calls[slot]!.inputs[input]!.values[position]!;
        return { slot, node: id, at: position, weight: weights[position]!, value };
      });
    }),
  );
  const value = values(node.id, 0)[at]!;
  const constant = terms.reduce((rest, term) => rest - term.weight * term.value, value);
  return { value, terms, constant };
}

/** The inputs in which a node is linear, while the others stay as they are. */
function linearInputs(node: Node): number[] {
  const role = roleOf(node);
  switch (role.kind) {
    case "input":
    case "loss":
    case "logProbabilities":
      return [];
    case "sampler":
      return [role.image];
    case "attention":
      return [role.value];
    default:
      return node.inputs.map((_, input) => input);
  }
}

/** Gradients of the value at `at` of image 0, by image. */
function gradientsOf(
  node: Node,
  calls: readonly ReferenceCall<unknown>[],
  at: number,
  values: ValueOf,
): readonly ReferenceGradients[] {
  const definition = definitionOf(node);
  const withGradients = calls.map((call, slot) => {
    const output = Float64Array.from(values(node.id, slot));
    const gradient = new Float64Array(output.length);
    if (slot === 0) gradient[at] = 1;
    return { ...call, output, gradient };
  });
  if (definition.scope !== "image") return definition.backward(withGradients);
  return [definition.backward(withGradients[0]!)];
}

function nonZero(values: Float64Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < values.length; at++) if (values[at] !== 0) found.push(at);
  return found;
}

function tensor64(shape: readonly number[], values: ArrayLike<number>): Tensor64 {
  return { shape, values: Float64Array.from(values) };
}
