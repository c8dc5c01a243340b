import type { Graph, Node } from "../graph/graph.js";
import { inputOf, nodesOfRole } from "../graph/node-facts.js";

/** An attention of a network. */
export interface Attention {
  readonly node: Node;
  /** What a query attends to: positions of its image, or the same position of the batch's images. */
  readonly over: "places" | "batch";
  readonly heads: number;
  readonly query: Node;
  readonly key: Node;
}

/** The attentions of a graph, in order of evaluation. */
export function attentionsOf(graph: Graph): Attention[] {
  return nodesOfRole(graph, "attention").map(({ node, role }) => ({
    node,
    over: role.over,
    heads: role.heads(node.attributes),
    query: inputOf(graph, node, role.query),
    key: inputOf(graph, node, role.key),
  }));
}

/** `vit1` of `vit1.q`, the first layer of the attention's queries. */
export function attentionBlockName(graph: Graph, { query }: Attention): string {
  return inputOf(graph, query, 0).label.replace(/\.[^.]*$/, "");
}
