import type { Graph, Node } from "../../graph/graph.js";
import type { NodeOf, OpName } from "../../graph/ops/index.js";

export function isOp<Op extends OpName>(node: Node | undefined, op: Op): node is NodeOf<Op> {
  return node?.op === op;
}

/** The nodes that read this node's value. */
export function readersOf(graph: Graph, node: Node): Node[] {
  return graph.nodes.filter((reader) => reader.inputs.includes(node.id));
}

/** Why a fusion cannot leave out a node's map, in a few words; undefined where it can. */
export function whyNeeded(graph: Graph, node: Node, kept: ReadonlySet<number>): string | undefined {
  const count = readersOf(graph, node).length;
  if (count === 2) return `the map of ${node.op} is read twice`;
  if (count > 2) return `the map of ${node.op} is read ${count} times`;
  return kept.has(node.id) || graph.output === node.id
    ? `the map of ${node.op} is a result`
    : undefined;
}

/** The one node that reads this node's value; undefined where the value is needed elsewhere too. */
export function onlyReader(graph: Graph, node: Node, kept: ReadonlySet<number>): Node | undefined {
  const readers = readersOf(graph, node);
  return readers.length === 1 && whyNeeded(graph, node, kept) === undefined
    ? readers[0]
    : undefined;
}
