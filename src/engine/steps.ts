import type { Graph, Node, Shape } from "../graph/graph.js";
import type { OpName } from "../graph/ops/index.js";
import { ops } from "../graph/ops/index.js";
import type { KernelContext } from "../graph/ops/op.js";
import { fuseConvPoolRelu } from "./fuse-conv-pool-relu.js";
import { fuseLinearLinear } from "./fuse-linear-linear.js";

/** One node, or several fused into one, as the planner sees it. */
export interface Step {
  readonly scope: "image" | "batch";
  /** Label of the node it computes, or of the first of those that are fused. */
  readonly label: string;
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
    const fused = fuseConvPoolRelu(graph, node, kept) ?? fuseLinearLinear(graph, node, kept);
    steps.push(fused?.step ?? singleStep(node));
    for (const id of fused?.nodes ?? []) swallowed.add(id);
  }
  return steps;
}

function singleStep(node: Node<OpName>): Step {
  const definition = ops[node.op];
  return {
    scope: definition.scope,
    label: node.label,
    output: node.id,
    inputs: node.inputs,
    parameters: node.parameters,
    shape: node.shape,
    tasks: definition.scope === "batch" ? definition.tasks(node.shape) : 0,
    attributes: node.attributes,
    emitForward: (kernels) => definition.emitForward(kernels),
    emitBackward: (kernels) => definition.emitBackward(kernels),
  };
}
