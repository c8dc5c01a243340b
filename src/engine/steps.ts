import type { Graph, Node } from "../graph/graph.js";
import { definitionOf } from "../graph/node-facts.js";
import { fusions } from "./fusions/index.js";
import type { PlanUse, Step } from "./step.js";

/**
 * The graph as steps in order of evaluation, with fusions applied.
 *
 * @param kept ids of nodes whose values must be in memory: no fusion may leave them out
 * @param use default: training
 */
export function planSteps(
  graph: Graph,
  kept: ReadonlySet<number>,
  use: PlanUse = { training: true, differentiates: true },
): Step[] {
  const steps: Step[] = [];
  const fused = new Set<number>();
  for (const node of graph.nodes) {
    if (fused.has(node.id)) continue;
    const step = fusedStep(graph, node, kept, use) ?? singleStep(node, use);
    steps.push(step);
    for (const id of step.nodes) fused.add(id);
  }
  return steps;
}

function fusedStep(
  graph: Graph,
  first: Node,
  kept: ReadonlySet<number>,
  use: PlanUse,
): Step | undefined {
  for (const fusion of fusions) {
    const step = fusion.stepFrom(graph, first, kept, use);
    if (step !== undefined) return step;
  }
  return undefined;
}

function singleStep(node: Node, { training }: PlanUse): Step {
  const definition = definitionOf(node);
  return {
    scope: definition.scope === "batch" ? "batch" : "image",
    label: node.label,
    fusion: undefined,
    nodes: [node.id],
    output: node.id,
    inputs: node.inputs,
    parameters: node.parameters,
    shape: node.shape,
    tasks: definition.scope === "batch" ? definition.tasks(node.shape) : 0,
    meetings: definition.scope === "meeting" ? definition.meetings(training) : 0,
    attributes: node.attributes,
    emitForward: (kernels) => definition.emitForward(kernels),
    emitBackward: (kernels) => definition.emitBackward(kernels),
    work: definition.work,
  };
}
