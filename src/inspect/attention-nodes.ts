import type { Graph, Node } from "../graph/graph.js";

/** Whether a node attends, over places or over the batch. */
export function isAttention({ op }: Node): boolean {
  return op === "scaledDotProductAttention" || op === "batchAttention";
}

/** `vit1` of `vit1.q`, the first layer of the attention's queries. */
export function attentionBlockName(graph: Graph, attention: Node): string {
  const own = graph.nodes[attention.inputs[0]!]!;
  return graph.nodes[own.inputs[0]!]!.label.replace(/\.[^.]*$/, "");
}
