import { checkDataset } from "../data/check-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { Engine, type EngineSet } from "../engine/engine.js";
import { InputError } from "../errors.js";
import type { NamedTensors } from "../graph/tensors.js";
import { buildModel, type ModelName } from "../models/index.js";
import { checkOptions } from "./check-options.js";
import { runPaced } from "./paced-steps.js";

export interface EvaluateOptions {
  readonly model: ModelName;
  /** Its test images are classified, in file order. */
  readonly data: Dataset;
  readonly parameters: NamedTensors;
  /** Images that are classified together; only `mha-batch` can tell. Default 64. */
  readonly batchSize?: number;
  /** Default: the processor's cores, at most 8. */
  readonly threads?: number;
}

export interface Evaluation {
  readonly correct: number;
  readonly total: number;
  /** `correct / total`, 0..1. */
  readonly accuracy: number;
  /** Mean negative log-likelihood, nats. */
  readonly loss: number;
}

/**
 * Classifies the test images with dropout off.
 *
 * @throws InputError where the parameters are not the model's
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  checkOptions("evaluate", options, ["model", "data", "parameters", "batchSize", "threads"]);
  checkDataset("evaluate", options.data);
  const { model, data, parameters, batchSize = 64, threads } = options;
  if (!(parameters instanceof Map)) {
    throw new InputError("evaluate", "parameters by name in a Map", String(parameters));
  }
  const graph = buildModel(model, data, data.classes);
  const engine = await Engine.create({
    plans: { evaluate: { graph, training: false, objective: "score", update: false } },
    sets: { test: data.test },
    batchSize,
    threads,
    mean: data.mean,
    std: data.std,
  });
  try {
    engine.setParameters(parameters);
    return await evaluateSet(engine, data.test, () => {});
  } finally {
    engine.close();
  }
}

/** Runs an engine's plan `evaluate` over its set `test`. */
export async function evaluateSet(
  engine: Engine<"evaluate", "test">,
  test: EngineSet,
  onImages: (done: number) => void,
): Promise<Evaluation> {
  await runPaced(
    engine.steps("test"),
    (from, to) => engine.run({ plan: "evaluate", set: "test", from, to }),
    (steps) => onImages(Math.min(steps * engine.batchSize, test.count)),
  );
  const { losses, predictions } = engine.scores("test");
  let loss = 0;
  let correct = 0;
  for (let image = 0; image < test.count; image++) {
    loss += losses[image]!;
    if (predictions[image] === test.labels[image]) correct++;
  }
  const total = test.count;
  return { correct, total, accuracy: correct / total, loss: loss / total };
}
