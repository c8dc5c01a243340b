import type { Graph, Node } from "../graph/graph.js";
import { definitionOf } from "../graph/node-facts.js";
import type { NamedTensors } from "../graph/tensors.js";

/** By node id: for each channel or feature of the node, whether it can affect the result. */
export type ReadChannels = ReadonlyMap<number, readonly boolean[]>;

/**
 * Which channels of each node affect the result through weights other than 0. A channel has no effect
 * where all weights that read it are 0, or where no channel that they feed has an effect.
 */
export function findReadChannels(graph: Graph, parameters: NamedTensors): ReadChannels {
  const read = new Map(
    graph.nodes.map((node) => [node.id, channelsOf(node, node.id === graph.output)]),
  );
  for (const node of graph.nodes.toReversed()) {
    const { attributes } = node;
    const facts = {
      attributes,
      read: read.get(node.id)!,
      inputShapes: node.inputs.map((id) => graph.nodes[id]!.shape),
      parameters: node.parameters.map((index) => parameters.get(graph.parameters[index]!.name)!),
    };
    node.inputs.forEach((id, input) => {
      const before = read.get(id)!;
      definitionOf(node)
        .readsChannels({ input, ...facts })
        .forEach((each, channel) => {
          before[channel] ||= each;
        });
    });
  }
  return read;
}

function channelsOf({ shape: [channels = 1] }: Node, read: boolean): boolean[] {
  return new Array<boolean>(channels).fill(read);
}
