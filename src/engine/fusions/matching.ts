import type { Graph, Node } from "../../graph/graph.js";
import type { NodeOf, OpName } from "../../graph/ops/index.js";

export function isOp<Op extends OpName>(node: Node | undefined, op: Op): node is NodeOf<Op> {
  return node?.op === op;
}

/** The one node that reads this node's value; undefined where the value is needed elsewhere too. */
export function onlyReader(graph: Graph, node: Node, kept: ReadonlySet<number>): Node | undefined {
  const readers = graph.nodes.filter((reader) => reader.inputs.includes(node.id));
  if (readers.length !== 1 || kept.has(node.id) || graph.output === node.id) return undefined;
  return readers[0];
}
