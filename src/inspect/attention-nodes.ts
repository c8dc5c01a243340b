import type { Graph, Node } from "../graph/graph.js";
import { inputOf, nodesOfRole } from "../graph/node-facts.js";

/** An attention op in a network's graph, with the nodes that it reads. */
export interface Attention {
  readonly node: Node;
  /** What a query attends to: all positions of its image, or the same position in all images of the batch. */
  readonly over: "places" | "batch";
  readonly heads: number;
  readonly query: Node;
  readonly key: Node;
}

/** The attention ops of a graph, in order of evaluation. */
export function attentionsOf(graph: Graph): Attention[] {
  return nodesOfRole(graph, "attention").map(({ node, role }) => ({
    node,
    over: role.over,
    heads: role.heads(node.attributes),
    query: inputOf(graph, node, role.query),
    key: inputOf(graph, node, role.key),
  }));
}

/** The name of an attention's block, such as `vit1`: the layer that its queries come from is `vit1.q`. */
export function attentionBlockName(graph: Graph, { query }: Attention): string {
  return inputOf(graph, query, 0).label.replace(/\.[^.]*$/, "");
}
