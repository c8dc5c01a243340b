import type { Shape } from "../graph/graph.js";
import type { KernelContext } from "../graph/ops/op.js";
import type { Work } from "../graph/ops/work.js";

/** What a plan does with its steps. */
export interface PlanUse {
  /** Whether dropout drops, and batch norm takes the batch's statistics. */
  readonly training: boolean;
  /** Whether the plan has backward calls. */
  readonly differentiates: boolean;
}

/** What the planner works with: one node, or several fused ones. */
export interface Step {
  readonly scope: "image" | "batch";
  /** Label of its (first) node. */
  readonly label: string;
  /** Name of the fusion; undefined for a single node. */
  readonly fusion: string | undefined;
  /** Ids of all nodes that it computes, in order of evaluation. */
  readonly nodes: readonly number[];
  /** Id of the node whose value the step writes. */
  readonly output: number;
  /** Ids of the nodes whose values it reads. */
  readonly inputs: readonly number[];
  /** Indices of the graph's parameters. */
  readonly parameters: readonly number[];
  readonly shape: Shape;
  /** Number of independent tasks of a batch step. */
  readonly tasks: number;
  /** Number of `KernelContext.together` calls of an image step in forward, and as many in backward. */
  readonly meetings: number;
  readonly attributes: unknown;
  emitForward(kernels: KernelContext<never>): void;
  emitBackward(kernels: KernelContext<never>): void;
  /** How many multiply-adds its kernel calls do; undefined where there are none. */
  readonly work: Work<unknown> | undefined;
}
