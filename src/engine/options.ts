import type { Graph } from "../graph/graph.js";
import type { KernelBuild } from "./build.js";
import type { PlanOptions } from "./plan.js";

/** Images and labels to be loaded into the engine's memory. */
export interface EngineSet {
  /** 1 or more. */
  readonly count: number;
  /** `count` × the image's bytes, channels last; empty where no graph takes an image. */
  readonly images: Uint8Array;
  /** One an image, 0 .. classes − 1. */
  readonly labels: Uint8Array;
}

/** A graph and what to do with it. */
export type EnginePlan = PlanOptions & { readonly graph: Graph };

export interface EngineOptions<PlanName extends string, SetName extends string> {
  /** All graphs have the same parameters. */
  readonly plans: Readonly<Record<PlanName, EnginePlan>>;
  readonly sets: Readonly<Record<SetName, EngineSet>>;
  /** Largest number of images in a batch. */
  readonly batchSize: number;
  /**
   * The calling thread included. Default: the cores there are, at most `SHARDS`; 1 on a page's main
   * thread and on a page that is not cross-origin isolated. More than `SHARDS` is cut.
   */
  readonly threads?: number;
  /** Normalisation of pixels, `(byte / 255 − mean) / std` in float32. Default 0 and 1. */
  readonly mean?: number;
  readonly std?: number;
  /** Default: the fastest that works here. */
  readonly build?: KernelBuild;
}

/** Steps to run: batches `from` (inclusive) to `to` (exclusive) of a set in its current order. */
export interface Command<PlanName extends string, SetName extends string> {
  readonly plan: PlanName;
  readonly set: SetName;
  readonly from: number;
  /** At most the set's number of steps. */
  readonly to: number;
  /** Above 0; where the plan has `update`, and only there. */
  readonly learningRate?: number;
  /** Decides what dropout drops; 0 .. 2³² − 1. Default 0. */
  readonly seed?: number;
  /** Number of step 0 for the random streams, 0 .. 2³² − 1. Default 0. */
  readonly stepBase?: number;
}
