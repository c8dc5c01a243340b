import { shown } from "../arguments.js";
import { InputError } from "../errors.js";
import type { Graph } from "./graph.js";

/**
 * Refuses what is not a graph at all, such as a model's name or a tensor. It does not check the nodes.
 *
 * @throws InputError
 */
export function checkGraph(where: string, what: string, graph: Graph): void {
  const { nodes, parameters, output } = Object(graph) as Graph;
  const isGraph = Array.isArray(nodes) && Array.isArray(parameters) && nodes[output] !== undefined;
  if (!isGraph) throw new InputError(where, `${what} to be a graph`, shown(graph));
}
