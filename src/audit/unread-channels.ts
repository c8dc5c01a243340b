import type { Graph, Node } from "../graph/graph.js";
import type { LinearAttributes } from "../graph/ops/linear.js";
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
    const own = read.get(node.id)!;
    node.inputs.forEach((id, place) => {
      const input = graph.nodes[id]!;
      const reached = readByNode(graph, parameters, node, own, input, place);
      const before = read.get(id)!;
      reached.forEach((each, channel) => {
        before[channel] ||= each;
      });
    });
  }
  return read;
}

function channelsOf({ shape: [channels = 1] }: Node, read: boolean): boolean[] {
  return new Array<boolean>(channels).fill(read);
}

/** Which channels of an input a node reads, where these channels of its own are read. */
function readByNode(
  graph: Graph,
  parameters: NamedTensors,
  node: Node,
  own: readonly boolean[],
  input: Node,
  place: number,
): boolean[] {
  const channels = input.shape[0] ?? 1;
  switch (node.op) {
    case "linear":
    case "conv2d":
    case "coordConv2d":
      return readByWeights(graph, parameters, node, own, channels);
    case "relu":
    case "maxPool2d":
    case "dropout":
    case "dropout2d":
    case "add":
      return [...own];
    case "flatten": {
      const places = own.length / channels;
      return channelsOf(input, false).map((_, channel) => {
        return own.slice(channel * places, (channel + 1) * places).includes(true);
      });
    }
    case "gridSample":
      return place === 0 ? [...own] : channelsOf(input, own.includes(true));
    case "batchAttention":
    case "scaledDotProductAttention":
      // A query or a key reaches every channel of its head; of values each channel its own.
      return place === 2 ? [...own] : channelsOf(input, own.includes(true));
    default:
      return channelsOf(input, own.includes(true));
  }
}

function readByWeights(
  graph: Graph,
  parameters: NamedTensors,
  node: Node,
  own: readonly boolean[],
  channels: number,
): boolean[] {
  const { values, shape } = parameters.get(graph.parameters[node.parameters[0]!]!.name)!;
  const [, columns = 1, ...kernel] = shape;
  const size = kernel.reduce((a, b) => a * b, 1);
  const offset = node.op === "linear" ? (node.attributes as LinearAttributes).rowOffset : 0;
  return Array.from({ length: channels }, (_, channel) =>
    own.some((read, row) => {
      if (!read) return false;
      const from = ((offset + row) * columns + channel) * size;
      return values.subarray(from, from + size).some((weight) => weight !== 0);
    }),
  );
}
