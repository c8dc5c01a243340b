import type { Graph, Node } from "../graph/graph.js";
import { inputOf, nodesOfRole, roleOf } from "../graph/node-facts.js";

/** A spatial transformer of a network: it samples an image through an affine map. */
export interface Transformer {
  readonly sampler: Node;
  /** The positions that are sampled, [2, rows, columns]. */
  readonly grid: Node;
  /** The six numbers of the affine map. */
  readonly theta: Node;
}

/** The transformers of a graph, in order of evaluation. */
export function transformersOf(graph: Graph): Transformer[] {
  return nodesOfRole(graph, "sampler").flatMap(({ node, role }) => {
    const grid = inputOf(graph, node, role.grid);
    const gridRole = roleOf(grid);
    if (gridRole.kind !== "gridMap" || !gridRole.isAffine) return [];
    return [{ sampler: node, grid, theta: inputOf(graph, grid, gridRole.theta) }];
  });
}
