import type { Shape } from "../graph.js";
import type { KernelName } from "../kernel-calls.js";

/** What is known of a step (a node, or several fused ones) when the multiply-adds of its kernel calls are counted. */
export interface StepFacts<A> {
  readonly attributes: A;
  readonly inputShapes: readonly Shape[];
  readonly shape: Shape;
  /** Whether backward also computes the gradient with respect to the input, not only to the parameters. */
  readonly hasInputGradient: boolean;
}

/** One image in training as a step reads and writes it; values in the order [channel, row, column]. */
export interface SeenImage {
  input(index: number): Float32Array;
  output(): Float32Array;
  /** Gradient of the loss with respect to the output. */
  outputGradient(): Float32Array;
  /** Whether dropout with drop probability `p` kept a unit; each image has `units` of them in a random stream. */
  keeps(unit: number, dropout: { stream: number; units: number; p: number }): boolean;
}

interface Rule<A, Measured> {
  /** Multiply-adds of one kernel call for one image; undefined where they are not counted. */
  count(step: StepFacts<A>, measured: Measured | undefined): number | undefined;
}

/** Method types are bivariant, so that one list can hold the rules of several ops. */
type WorkRules<A, Measured> = Readonly<Partial<Record<KernelName, Rule<A, Measured>["count"]>>>;

/**
 * How many multiply-adds the kernels of a step do, as they may skip some of the formula's.
 *
 * Kernels that are not named here only prepare the others, or follow them.
 */
export interface Work<A, Measured = unknown> {
  /** Kernels that do the multiply-adds of forward. */
  readonly forward: WorkRules<A, Measured>;
  /** Kernels that do as many for the gradients of the parameters, and again as many for that of the input. */
  readonly backward: WorkRules<A, Measured>;
  /** Counts in one image what decides how much the kernels skip. Missing where they skip nothing. */
  measure?(step: StepFacts<A>, image: SeenImage): Measured;
}

/** For kernels whose skipped multiply-adds are not counted. */
export const notCounted = () => undefined;

/** Hides the type of what is measured: only the same object's rules read it. */
export function work<A, Measured>(rules: Work<A, Measured>): Work<A> {
  return rules as Work<A>;
}
