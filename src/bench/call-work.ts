import type { Step } from "../engine/step.js";
import type { Graph } from "../graph/graph.js";
import type { KernelName } from "../graph/kernel-calls.js";
import { definitionOf } from "../graph/node-facts.js";
import type { StepFacts } from "../graph/ops/work.js";

/** Multiply-adds of a kernel call for one image. */
export interface CallWork {
  /** What the formula of the nodes takes if nothing is skipped. */
  readonly dense: number;
  /** What the kernel really computes; undefined where that is not counted. */
  readonly executed?: number;
}

/** A network with its batch size. */
export interface BatchedGraph {
  readonly graph: Graph;
  readonly batchSize: number;
}

/**
 * Multiply-adds of a kernel call; undefined for kernels of another kind.
 *
 * @param call a kernel call in a step of the graph's plan
 * @param measured the result of the step's `work.measure` for an image; default: nothing is skipped
 */
export function callWork(
  { graph, batchSize }: BatchedGraph,
  { step, kernel }: { readonly step: Step; readonly kernel: KernelName },
  measured?: unknown,
): CallWork | undefined {
  const forward = step.work?.forward[kernel];
  const rule = forward ?? step.work?.backward[kernel];
  if (rule === undefined) return undefined;
  const facts = stepFacts(graph, step);
  const products = forward || !facts.hasInputGradient ? 1 : 2;
  const dense = nodesWork({ graph, batchSize }, step.nodes);
  return { dense: products * dense, executed: rule(facts, measured) };
}

/** Multiply-adds of the forward pass of one image, nothing skipped. */
export function layerWork({ graph, batchSize }: BatchedGraph): number {
  return nodesWork(
    { graph, batchSize },
    graph.nodes.map(({ id }) => id),
  );
}

/** The same of some of the nodes. */
export function nodesWork({ graph, batchSize }: BatchedGraph, ids: readonly number[]): number {
  return ids.reduce((sum, id) => {
    const node = graph.nodes[id]!;
    const inputs = node.inputs.map((input) => graph.nodes[input]!.shape);
    const { attributes, shape } = node;
    return sum + definitionOf(node).multiplyAdds(inputs, attributes, shape, batchSize);
  }, 0);
}

/** The facts of a step from which its work is computed. */
export function stepFacts(graph: Graph, step: Step): StepFacts<unknown> {
  return {
    attributes: step.attributes,
    inputShapes: step.inputs.map((id) => graph.nodes[id]!.shape),
    shape: step.shape,
    hasInputGradient: step.inputs.some((id) => hasParameters(graph, id)),
  };
}

/** Whether a node or one that it is computed from has parameters. */
function hasParameters(graph: Graph, id: number): boolean {
  const node = graph.nodes[id]!;
  return node.parameters.length > 0 || node.inputs.some((input) => hasParameters(graph, input));
}
