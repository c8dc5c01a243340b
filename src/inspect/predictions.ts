import type { Dataset } from "../data/dataset.js";
import { type ModelSource, modelFor } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { bestClass, classScores } from "../train/class-scores.js";

/** What a trained model says of all test images. */
export interface Predictions {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
  /** The class of each test image, in the data's order. */
  readonly labels: Uint8Array;
  /** The predicted class of each; 0 where the confidence is NaN: then there is none. */
  readonly predicted: Uint8Array;
  /** Probability of the predicted class, 0..1; NaN where the result is NaN. */
  readonly confidences: Float32Array;
  /** Indices of the images whose wrong prediction is the most confident, most confident first. */
  readonly mistakes: Uint32Array;
  /** Bytes of these images, one after the other, channels last. */
  readonly pixels: Uint8Array;
}

/** How predictions are computed. */
export interface PredictionSettings {
  /** Images per batch; changes the result only of models that look across the batch. */
  readonly batchSize: number;
  readonly threads?: number;
}

/** Wrong predictions that are kept with their pictures. */
const mostMistakes = 24;

/**
 * Classifies all test images, and keeps the pictures of those that are wrong with the most confidence.
 *
 * @throws InputError where the model or the parameters do not fit the data
 */
export async function collectPredictions(
  model: ModelSource,
  data: Dataset,
  parameters: NamedTensors,
  { batchSize, threads }: PredictionSettings,
): Promise<Predictions> {
  const { graph } = modelFor("collectPredictions", model, data);
  const { mean, std } = data;
  const scorer = { graph, parameters, mean, std, batchSize, threads };
  return predictionsOf(data, await classScores(scorer, data.test));
}

/** Predictions from the logarithms of all probabilities, `images × classes`. */
export function predictionsOf(data: Dataset, scores: Float32Array): Predictions {
  const { channels, rows, columns, classes, test } = data;
  const predicted = new Uint8Array(test.count);
  const confidences = new Float32Array(test.count);
  for (let image = 0; image < test.count; image++) {
    const own = scores.subarray(image * classes, (image + 1) * classes);
    const best = bestClass(own);
    predicted[image] = Math.max(best, 0);
    confidences[image] = best < 0 ? Number.NaN : Math.exp(own[best]!);
  }
  const mistakes = mostConfidentMistakes(test.labels, predicted, confidences);
  const size = channels * rows * columns;
  const pixels = new Uint8Array(mistakes.length * size);
  mistakes.forEach((image, at) => {
    pixels.set(test.images.subarray(image * size, (image + 1) * size), at * size);
  });
  const labels = Uint8Array.from(test.labels);
  return { channels, rows, columns, classes, labels, predicted, confidences, mistakes, pixels };
}

function mostConfidentMistakes(
  labels: Uint8Array,
  predicted: Uint8Array,
  confidences: Float32Array,
): Uint32Array {
  const wrong = Array.from(labels.keys()).filter(
    (image) => predicted[image] !== labels[image] && !Number.isNaN(confidences[image]),
  );
  wrong.sort((a, b) => confidences[b]! - confidences[a]! || a - b);
  return Uint32Array.from(wrong.slice(0, mostMistakes));
}
