import type { Graph, Node } from "../../graph/graph.js";
import type { KernelContext } from "../../graph/ops/op.js";
import type { Work } from "../../graph/ops/work.js";
import type { PlanUse, Step } from "../step.js";

/** Nodes that become one step. */
export interface FusedNodes<A> {
  /** In order of evaluation. The step is named after the first; its value is that of the last. */
  readonly nodes: readonly [Node, ...Node[]];
  /** Nodes whose values the step reads. */
  readonly inputs: readonly number[];
  /** What `emitForward` and `emitBackward` need to know. */
  readonly attributes: A;
}

/** A rule for computing several nodes in one step. */
export interface FusionDefinition<A> {
  readonly name: string;
  /** Why it pays. */
  readonly why: string;
  /**
   * The nodes of one step that begins with `first`; undefined where the fusion does not match, and the reason as a few
   * words where only a detail keeps it from matching, as "pool of 3×3".
   *
   * @param kept ids of nodes whose values must exist in memory
   */
  match(
    graph: Graph,
    first: Node,
    kept: ReadonlySet<number>,
    use: PlanUse,
  ): FusedNodes<A> | string | undefined;
  /** The step's parameters are those of its nodes, one node after the other. */
  emitForward(kernels: KernelContext<A>): void;
  emitBackward(kernels: KernelContext<A>): void;
  /** Number of `KernelContext.together` calls in forward, and as many in backward. Default 0. */
  meetings?(training: boolean): number;
  readonly work?: Work<A>;
}

/** A fusion as the planner sees it. */
export interface Fusion {
  readonly name: string;
  readonly why: string;
  /** The step that begins with `first`; undefined where the fusion does not match. */
  stepFrom(graph: Graph, first: Node, kept: ReadonlySet<number>, use: PlanUse): Step | undefined;
  /** Why it does not match at `first`, where it nearly does; undefined elsewhere. */
  missedAt(graph: Graph, first: Node, kept: ReadonlySet<number>, use: PlanUse): string | undefined;
}

export function defineFusion<A>(definition: FusionDefinition<A>): Fusion {
  const { name, why, work } = definition;
  return {
    name,
    why,
    stepFrom(graph, first, kept, use) {
      const found = definition.match(graph, first, kept, use);
      if (found === undefined || typeof found === "string") return undefined;
      const { nodes, inputs, attributes } = found;
      const last = nodes.at(-1)!;
      return {
        scope: "image",
        label: first.label,
        fusion: name,
        nodes: nodes.map(({ id }) => id),
        output: last.id,
        inputs,
        parameters: nodes.flatMap(({ parameters }) => parameters),
        shape: last.shape,
        tasks: 0,
        meetings: definition.meetings?.(use.training) ?? 0,
        attributes,
        emitForward: (kernels) => definition.emitForward(kernels),
        emitBackward: (kernels) => definition.emitBackward(kernels),
        work: work as Work<unknown> | undefined,
      };
    },
    missedAt(graph, first, kept, use) {
      const found = definition.match(graph, first, kept, use);
      return typeof found === "string" ? found : undefined;
    },
  };
}
