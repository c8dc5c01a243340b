import type { Shape } from "../graph/graph.js";
import type { KernelContext } from "../graph/ops/op.js";
import type { Work } from "../graph/ops/work.js";

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
