import type { KernelBuild } from "../engine/build.js";
import { Engine } from "../engine/engine.js";
import type { Graph } from "../graph/graph.js";
import { withLoss } from "../graph/with-loss.js";
import { quantile } from "../stats/quantiles.js";
import { trainingDefaults } from "../train/defaults.js";
import { initialize } from "../train/initialize.js";
import { runPaced } from "../train/paced-steps.js";
import type { BenchmarkData } from "./images.js";

/** Images per step, and the learning rate. */
export const { batchSize, learningRate } = trainingDefaults;

/** Settings of an engine for benchmarks. */
export interface EngineSettings {
  readonly threads: number;
  /** Default 64. */
  readonly batchSize?: number;
  /** Default: the fastest that works here. */
  readonly build?: KernelBuild;
}

export type BenchmarkEngine = Engine<"train" | "evaluate", "train" | "test">;

/** Progress and cancellation of a measurement. */
export interface Watch {
  /** Called about 20 times per second. */
  readonly onProgress?: (done: number, total: number) => void;
  /** When it aborts, the measurement throws its reason. */
  readonly signal?: AbortSignal;
}

/** Options to create an engine for benchmarks. */
export function benchmarkOptions(graph: Graph, data: BenchmarkData, settings: EngineSettings) {
  return {
    plans: {
      train: { graph: withLoss(graph), training: true, objective: "loss", update: true },
      evaluate: { graph, training: false, objective: "score", update: false },
    },
    sets: { train: data.train, test: data.test },
    batchSize,
    mean: data.mean,
    std: data.std,
    ...settings,
  } as const;
}

/** An engine that trains and evaluates a classifier, with its initial values set. */
export async function benchmarkEngine(
  graph: Graph,
  data: BenchmarkData,
  settings: EngineSettings,
): Promise<BenchmarkEngine> {
  const engine = await Engine.create(benchmarkOptions(graph, data, settings));
  engine.setParameters(initialize(graph, 0));
  return engine;
}

/** Milliseconds to classify all test images. */
export function timeEvaluation(engine: BenchmarkEngine): number {
  const started = performance.now();
  engine.run({ plan: "evaluate", set: "test", from: 0, to: engine.steps("test") });
  return performance.now() - started;
}

/** Steps before the first that is timed: by then V8 has optimized the kernels. */
const warmUpSteps = 150;

/** A training that runs step by step, over the full batches of the training images. */
export class TimedTraining {
  #step = 0;
  readonly #batches: number;

  /** @param images how many training images the engine has */
  constructor(
    readonly engine: BenchmarkEngine,
    images: number,
  ) {
    this.#batches = Math.max(1, Math.floor(images / engine.batchSize));
  }

  /** Milliseconds of the next step: loss, gradients, update; dropout on. */
  step(): number {
    const from = this.#step % this.#batches;
    const stepBase = this.#step - from;
    this.#step++;
    const started = performance.now();
    this.engine.run({ plan: "train", set: "train", from, to: from + 1, learningRate, stepBase });
    return performance.now() - started;
  }

  /** Runs steps before `timed` of them are timed: fewer where these are few, as in tests. */
  async warmUp(timed: number, { signal }: Pick<Watch, "signal"> = {}): Promise<void> {
    await this.steps(Math.min(warmUpSteps, 10 + timed), { signal });
  }

  /** Milliseconds of each of the next steps; handles events in between. */
  async steps(count: number, { onProgress, signal }: Watch = {}): Promise<Float64Array> {
    const times = new Float64Array(count);
    await runPaced(
      count,
      (from, to) => {
        for (let at = from; at < to; at++) times[at] = this.step();
      },
      (done) => {
        signal?.throwIfAborted();
        onProgress?.(done, count);
      },
    );
    return times;
  }
}

/** Median and minimum of a measured time, in its unit. */
export interface Times {
  readonly median: number;
  readonly min: number;
}

/** @param times at least one */
export function summarize(times: ArrayLike<number>): Times {
  const sorted = Float64Array.from(times).sort();
  return { median: quantile(sorted, 0.5), min: sorted[0]! };
}
