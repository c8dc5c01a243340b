import type { Dataset } from "../data/dataset.js";
import type { ModelName } from "../models/index.js";
import type { EpochMetrics, TrainProgress } from "./metrics.js";
import type { NamedTensors } from "../graph/tensors.js";

/** What runs the arithmetic; bits agree only between runs whose `build` is the same. */
export interface EngineInfo {
  /** `relaxed-fma`: fused multiply-add. `mul-add`: multiply, round, add, round. */
  readonly build: "relaxed-fma" | "mul-add";
  readonly threads: number;
  /** Fixed parts of a batch; the result does not depend on the number of threads. */
  readonly shards: number;
}

export interface TrainOptions {
  readonly model: ModelName;
  readonly data: Dataset;
  /** Passes over the training images. Default 5. */
  readonly epochs?: number;
  /** Decides initial values, shuffles and dropout masks. Default 0. */
  readonly seed?: number;
  /** Images a step; the last step of an epoch takes what is left. Default 64. */
  readonly batchSize?: number;
  /** Of plain stochastic gradient descent. Default 0.01. */
  readonly learningRate?: number;
  /** Worker threads, main thread included. Default: the processor's cores, at most 8. */
  readonly threads?: number;
  /** Go on after this epoch with these parameters; the result has the bits of a run never stopped. */
  readonly resume?: { readonly epoch: number; readonly parameters: NamedTensors };
  /** When it aborts, training ends after the current epoch. */
  readonly signal?: AbortSignal;
  /** Called once, before the first step. */
  readonly onStart?: (engine: EngineInfo) => void | Promise<void>;
  /** Called some ten times a second. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Called after each epoch's validation with a copy of the parameters; awaited. */
  readonly onEpoch?: (metrics: EpochMetrics, parameters: NamedTensors) => void | Promise<void>;
}

export interface TrainResult {
  readonly engine: EngineInfo;
  /** The epochs that this call ran. */
  readonly epochs: readonly EpochMetrics[];
  /** True where `signal` ended training before the last epoch. */
  readonly stopped: boolean;
  /** Parameters after the last epoch. */
  readonly parameters: NamedTensors;
}

export declare function train(options: TrainOptions): Promise<TrainResult>;
