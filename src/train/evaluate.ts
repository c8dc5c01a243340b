import { checkOptions, shown } from "../arguments.js";
import { checkDataset } from "../data/check-dataset.js";
import type { Dataset } from "../data/dataset.js";
import { NO_PREDICTION } from "../engine/control.js";
import { Engine } from "../engine/engine.js";
import type { EngineSet } from "../engine/options.js";
import { InputError } from "../errors.js";
import { type ModelSource, modelFor } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { runPaced } from "./paced-steps.js";
import { type Preprocessing, preprocessed, preprocessingOptions } from "./preprocessing.js";

/** What {@link evaluate} takes. */
export interface EvaluateOptions extends Preprocessing {
  /** A model for the data's images, or a definition that is built for them. */
  readonly model: ModelSource;
  /** The data whose test images are classified. */
  readonly data: Dataset;
  readonly parameters: NamedTensors;
  /** Images per batch. Changes the result only of models with `batchAttention`. Default 64. */
  readonly batchSize?: number;
  /**
   * The order in which test images are put into batches: each index once. Changes the result only of
   * models with `batchAttention`. Default: the order in `data`. `classOrder` and `shuffledOrder` make others.
   */
  readonly order?: Uint32Array;
  /** Default: the processor's cores, at most 8; 1 in web pages that cannot use more. */
  readonly threads?: number;
}

/** What {@link evaluate} counts. */
export interface Evaluation {
  readonly correct: number;
  readonly total: number;
  /** Images for which the model gives NaN: it predicts no class, so they count as wrong. */
  readonly withoutPrediction: number;
  /** `correct / total`, 0..1. */
  readonly accuracy: number;
  /** Mean negative log-likelihood, nats; NaN where it is NaN for any image. */
  readonly loss: number;
}

/**
 * Classifies the test images with dropout off. The predicted class is the argmax of the log-probabilities.
 *
 * @throws InputError where an option is invalid, the parameters are not the model's, or `order` is not a
 *   permutation
 * @example
 * const { correct, total, loss } = await evaluate({ model, data, parameters });
 * console.log(`${correct} of ${total} right`);
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  checkOptions("evaluate", options, [
    "model",
    "data",
    "parameters",
    "batchSize",
    "order",
    "threads",
    ...preprocessingOptions,
  ]);
  checkDataset("evaluate", options.data);
  const { parameters, batchSize = 64, order, threads } = options;
  if (!(parameters instanceof Map)) {
    throw new InputError("evaluate", "parameters by name in a Map", shown(parameters));
  }
  if (order !== undefined) checkOrder(order, options.data.test.count);
  const { model, data } = preprocessed(
    "evaluate",
    modelFor("evaluate", options.model, options.data),
    options.data,
    options,
  );
  const { graph } = model;
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
    if (order !== undefined) engine.order("test").set(order);
    return await evaluateSet(engine, data.test, () => {});
  } finally {
    engine.close();
  }
}

/** Checks that an order has each image once: the engine computes memory addresses from it. */
function checkOrder(order: Uint32Array, count: number): void {
  if (!(order instanceof Uint32Array) || order.length !== count) {
    throw new InputError("evaluate", `order to be a Uint32Array of ${count}`, shown(order));
  }
  const seen = new Uint8Array(count);
  for (const image of order) {
    if (image >= count || seen[image]) {
      const got = image >= count ? `${image}` : `${image} twice`;
      throw new InputError("evaluate", `order to have each of 0..${count - 1} once`, got);
    }
    seen[image] = 1;
  }
}

/**
 * Runs an engine's plan `evaluate` over its set `test`, in the set's order.
 *
 * @param onImages called some 20 times per second with the number of images done
 */
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
  const order = engine.order("test");
  let loss = 0;
  let correct = 0;
  let withoutPrediction = 0;
  for (let position = 0; position < test.count; position++) {
    loss += losses[position]!;
    if (predictions[position] === NO_PREDICTION) withoutPrediction++;
    else if (predictions[position] === test.labels[order[position]!]) correct++;
  }
  const total = test.count;
  return { correct, total, withoutPrediction, accuracy: correct / total, loss: loss / total };
}
