import type { Graph, Node } from "../graph/graph.js";
import { definitionOf } from "../graph/node-facts.js";
import type { NamedTensors } from "../graph/tensors.js";

/** Nodes by id with, for each of their channels or features, whether something reads it. */
export type ReadChannels = ReadonlyMap<number, readonly boolean[]>;

/**
 * Which channels of each node reach the result by weights other than 0: a channel that only weights of
 * 0 read, or weights whose own result nothing reads, changes no result.
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
