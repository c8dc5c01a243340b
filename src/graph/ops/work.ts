import type { Shape } from "../graph.js";
import type { KernelName } from "../kernel-calls.js";

/** What is known of a step, one node or several fused ones, when the work of its kernel calls is counted. */
export interface StepFacts<A> {
  readonly attributes: A;
  readonly inputShapes: readonly Shape[];
  readonly shape: Shape;
  /** Whether backward finds the gradient with respect to the input, too, not only to parameters. */
  readonly hasInputGradient: boolean;
}

/** One image as a step saw it in training; values in the order [channel, row, column]. */
export interface SeenImage {
  input(index: number): Float32Array;
  output(): Float32Array;
  /** Gradient of the loss with respect to the output. */
  outputGradient(): Float32Array;
  /** Whether a unit survived dropout with probability p, of `units` of a random stream. */
  keeps(unit: number, dropout: { stream: number; units: number; p: number }): boolean;
}

interface Rule<A, Measured> {
  /** Multiply-adds of one kernel call for one image; undefined where they are not counted. */
  count(step: StepFacts<A>, measured: Measured | undefined): number | undefined;
}

/** The method of a type, so that lists may hold rules of several ops, as they hold their other methods. */
type WorkRules<A, Measured> = Readonly<Partial<Record<KernelName, Rule<A, Measured>["count"]>>>;

/**
 * What the kernels of a step do where they may skip some of the formula's multiply-adds.
 *
 * Kernels that are not named here prepare or follow those that are.
 */
export interface Work<A, Measured = unknown> {
  /** Kernels that do the multiply-adds of the way forward. */
  readonly forward: WorkRules<A, Measured>;
  /** Those that do as many for the parameters' gradients, and as many again for the input's. */
  readonly backward: WorkRules<A, Measured>;
  /** Counts in an image what decides on how much is skipped; without it nothing is. */
  measure?(step: StepFacts<A>, image: SeenImage): Measured;
}

/** For kernels that skip what nobody counts. */
export const notCounted = () => undefined;

/** The same, of whatever it measures: only its own rules read that. */
export function work<A, Measured>(rules: Work<A, Measured>): Work<A> {
  return rules as Work<A>;
}
