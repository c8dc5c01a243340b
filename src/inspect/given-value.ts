import { InputError } from "../errors.js";
import type { Graph, Node } from "../graph/graph.js";
import { inputOp } from "../graph/ops/input.js";

/** A graph that continues from a value that the caller gives, see {@link withGivenValue}. */
export interface Continuation {
  readonly graph: Graph;
  /** Id of the node whose value is given. */
  readonly given: number;
  /** Ids in the new graph, by the ids of the network's own. */
  readonly ids: ReadonlyMap<number, number>;
}

/**
 * The network with a node's value given instead of computed, such as the six numbers of a spatial transformer. Nodes and
 * parameters that the output no longer depends on are left out. `engine.setInput` gives the value.
 *
 * @throws InputError where the output does not depend on the node
 */
export function withGivenValue(network: Graph, node: number): Continuation {
  const needed = new Set([network.output]);
  for (const { id, inputs } of network.nodes.toReversed()) {
    if (!needed.has(id) || id === node) continue;
    for (const input of inputs) needed.add(input);
  }
  if (!needed.has(node)) {
    const expected = "a node that the output depends on";
    throw new InputError("withGivenValue", expected, `node ${node}`);
  }
  const kept = network.nodes.filter(({ id }) => needed.has(id));
  const ids = new Map(kept.map(({ id }, at) => [id, at]));
  const parameters = [
    ...new Set(kept.flatMap((each) => (each.id === node ? [] : each.parameters))),
  ];
  const renumbered = kept.map((each): Node => {
    const id = ids.get(each.id)!;
    if (each.id === node) return givenNode(each, id);
    return {
      ...each,
      id,
      inputs: each.inputs.map((input) => ids.get(input)!),
      parameters: each.parameters.map((index) => parameters.indexOf(index)),
    };
  });
  const graph = {
    nodes: renumbered,
    parameters: parameters.map((index) => network.parameters[index]!),
    output: ids.get(network.output)!,
  };
  return { graph, given: ids.get(node)!, ids };
}

function givenNode({ shape, label }: Node, id: number): Node {
  const attributes = { shape, source: "values" };
  return { id, op: inputOp.name, inputs: [], parameters: [], attributes, shape, label };
}
