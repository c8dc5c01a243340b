import type { Graph } from "../graph/graph.js";
import type { KernelBuild } from "./build.js";
import type { PlanOptions } from "./plan.js";
import type { UpdateOptions } from "./update-options.js";

/** Images and labels. */
export interface EngineSet {
  /** Number of images, 1 or more. */
  readonly count: number;
  /** `count` images, channels last; empty if no graph takes an image. */
  readonly images: Uint8Array;
  /** One per image, 0 .. classes − 1. */
  readonly labels: Uint8Array;
}

/** A graph, and what to do with it. */
export type EnginePlan = PlanOptions & { readonly graph: Graph };

/** What {@link Engine.create} takes. */
export interface EngineOptions<PlanName extends string, SetName extends string> {
  /** By name. All graphs must have the same parameters. */
  readonly plans: Readonly<Record<PlanName, EnginePlan>>;
  readonly sets: Readonly<Record<SetName, EngineSet>>;
  /** Largest number of images in a batch. */
  readonly batchSize: number;
  /** How plans with `update` change the parameters. Default: plain gradient descent. */
  readonly update?: UpdateOptions;
  /**
   * Number of threads, with the calling thread; more than `SHARDS` count as `SHARDS`. Default: the number of cores, but
   * 1 on a page's main thread and on a page that is not cross-origin isolated.
   */
  readonly threads?: number;
  /**
   * Normalisation of pixels, `(byte / 255 − mean) / std` in float32: a number for all channels, or a list with one for
   * each. Default 0 and 1.
   */
  readonly mean?: number | readonly number[];
  readonly std?: number | readonly number[];
  /** Default: the fastest one that the platform supports. */
  readonly build?: KernelBuild;
}

/** Steps to run: batches `from` (inclusive) to `to` (exclusive) of a set in its current order. */
export interface Command<PlanName extends string, SetName extends string> {
  readonly plan: PlanName;
  readonly set: SetName;
  readonly from: number;
  /** At most the set's number of steps. */
  readonly to: number;
  /**
   * Of all steps, above 0, or of each step of the command, 0 or more. Required where the plan has `update`, and allowed
   * only there.
   */
  readonly learningRate?: number | ArrayLike<number>;
  /**
   * Momentum of each step of the command, or the first of the betas, 0 ≤ x < 1. Default: the optimizer's. Allowed only
   * where the optimizer has momentum.
   */
  readonly momentum?: ArrayLike<number>;
  /** Seed of dropout; 0 .. 2³² − 1. Default 0. */
  readonly seed?: number;
  /**
   * Number that step 0 has in the random streams and for the optimizer, whose state is of the steps before;
   * 0 .. 2³² − 1. Default 0.
   */
  readonly stepBase?: number;
}
