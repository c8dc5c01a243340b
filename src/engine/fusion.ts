import type { Graph, Node } from "../graph/graph.js";
import type { OpName } from "../graph/ops/index.js";

export function isOp<Op extends OpName>(node: Node<OpName>, op: Op): node is Node<Op> {
  return node.op === op;
}

/** The one node that reads this one, if its value is needed nowhere else. */
export function onlyReader(
  graph: Graph,
  node: Node<OpName>,
  kept: ReadonlySet<number>,
): Node<OpName> | undefined {
  const readers = graph.nodes.filter((reader) => reader.inputs.includes(node.id));
  if (readers.length !== 1 || kept.has(node.id) || graph.output === node.id) return undefined;
  return readers[0];
}
