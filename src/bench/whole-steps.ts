import type { KernelBuild } from "../engine/build.js";
import { type ModelSource, modelFor } from "../graph/model.js";
import type { BenchmarkData } from "./images.js";
import {
  type BenchmarkEngine,
  benchmarkEngine,
  summarize,
  TimedTraining,
  type Times,
  timeEvaluation,
  type Watch,
} from "./timed-steps.js";

/** How many times all test images are classified, after one pass to warm up. */
const evaluationPasses = 5;

/** Milliseconds of one training step. */
export interface StepFigure extends Times {
  readonly model: string;
  readonly threads: number;
}

/** Seconds to classify all test images, the median of several passes. */
export interface EvaluationFigure {
  readonly model: string;
  readonly threads: number;
  readonly images: number;
  readonly seconds: number;
}

export interface WholeStepFigures {
  readonly build: KernelBuild;
  readonly step: StepFigure;
  readonly evaluation: EvaluationFigure;
}

export interface WholeStepOptions extends Watch {
  readonly model: ModelSource;
  readonly data: BenchmarkData;
  readonly threads: number;
  /** Number of steps to time; each is timed by itself. */
  readonly steps: number;
  readonly build?: KernelBuild;
}

/**
 * Times whole training steps of a model (loss, gradients, update; batch 64, dropout on) and the
 * classification of the test images. The steps are a real training, with the batches of an epoch.
 */
export async function measureWholeSteps(options: WholeStepOptions): Promise<WholeStepFigures> {
  const { data, threads, steps, build } = options;
  const { name, graph } = modelFor("bench", options.model, data);
  const engine = await benchmarkEngine(graph, data, { threads, build });
  try {
    const training = new TimedTraining(engine, data.train.count);
    await training.warmUp(steps, options);
    const times = await training.steps(steps, options);
    const seconds = measureEvaluation(engine);
    const which = { model: name, threads: engine.threads };
    return {
      build: engine.build,
      step: { ...which, ...summarize(times) },
      evaluation: { ...which, images: data.test.count, seconds },
    };
  } finally {
    engine.close();
  }
}

function measureEvaluation(engine: BenchmarkEngine): number {
  const times: number[] = [];
  for (let pass = 0; pass <= evaluationPasses; pass++) {
    const seconds = timeEvaluation(engine) / 1000;
    if (pass > 0) times.push(seconds);
  }
  return summarize(times).median;
}
