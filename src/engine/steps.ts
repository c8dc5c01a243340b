import type { Graph, Node, Shape } from "../graph/graph.js";
import { definitionOf } from "../graph/node-facts.js";
import type { KernelContext } from "../graph/ops/op.js";
import type { Work } from "../graph/ops/work.js";
import { fusions } from "./fusions/index.js";

/** One node, or several fused into one, as the planner sees it. */
export interface Step {
  readonly scope: "image" | "batch";
  /** Label of the node it computes, or of the first of those that are fused. */
  readonly label: string;
  /** Name of the fusion; undefined where it is one node. */
  readonly fusion: string | undefined;
  /** All nodes that it computes, in order of evaluation. */
  readonly nodes: readonly number[];
  /** Node whose value the step writes. */
  readonly output: number;
  /** Nodes whose values it reads. */
  readonly inputs: readonly number[];
  /** Indices of the graph's parameters. */
  readonly parameters: readonly number[];
  readonly shape: Shape;
  /** For a batch step, its independent parts. */
  readonly tasks: number;
  readonly attributes: unknown;
  emitForward(kernels: KernelContext<never>): void;
  emitBackward(kernels: KernelContext<never>): void;
  /** What its kernel calls do; undefined where they are no multiply-adds. */
  readonly work: Work<unknown> | undefined;
}

/**
 * The graph as steps in order of evaluation, with fusions applied.
 *
 * @param kept ids of nodes whose values must exist in memory, so that no fusion may swallow them
 */
export function planSteps(graph: Graph, kept: ReadonlySet<number>): Step[] {
  const steps: Step[] = [];
  const swallowed = new Set<number>();
  for (const node of graph.nodes) {
    if (swallowed.has(node.id)) continue;
    const step = fusedStep(graph, node, kept) ?? singleStep(node);
    steps.push(step);
    for (const id of step.nodes) swallowed.add(id);
  }
  return steps;
}

function fusedStep(graph: Graph, first: Node, kept: ReadonlySet<number>): Step | undefined {
  for (const fusion of fusions) {
    const step = fusion.stepFrom(graph, first, kept);
    if (step !== undefined) return step;
  }
  return undefined;
}

function singleStep(node: Node): Step {
  const definition = definitionOf(node);
  return {
    scope: definition.scope,
    label: node.label,
    fusion: undefined,
    nodes: [node.id],
    output: node.id,
    inputs: node.inputs,
    parameters: node.parameters,
    shape: node.shape,
    tasks: definition.scope === "batch" ? definition.tasks(node.shape) : 0,
    attributes: node.attributes,
    emitForward: (kernels) => definition.emitForward(kernels),
    emitBackward: (kernels) => definition.emitBackward(kernels),
    work: definition.work,
  };
}
