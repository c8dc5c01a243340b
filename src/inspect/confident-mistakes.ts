import type { Dataset, ImageSet } from "../data/dataset.js";
import type { Model } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { withLogProbabilities } from "../graph/with-loss.js";
import { Predictor } from "../train/look.js";

/** An image that a network takes for another class. */
export interface Mistake {
  readonly part: "train" | "test";
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Of the class that it was taken for, 0..1. */
  readonly probability: number;
}

/**
 * The images that a trained network is surest about and gets wrong: labels that may be wrong.
 *
 * @param most how many
 */
export async function confidentMistakes(
  model: Model,
  data: Dataset,
  parameters: NamedTensors,
  most: number,
): Promise<Mistake[]> {
  const graph = withLogProbabilities(model.graph);
  const predictor = new Predictor({ graph, data, batchSize: 64, threads: 1 });
  const found: Mistake[] = [];
  for (const part of ["train", "test"] as const) {
    const set: ImageSet = data[part];
    const predictions = await predictor.predict(set.images, parameters);
    predictions.forEach(({ predicted, probabilities }, index) => {
      const label = set.labels[index]!;
      if (predicted < 0 || predicted === label) return;
      found.push({ part, index, label, predicted, probability: probabilities[predicted]! });
    });
  }
  predictor.close();
  return found.sort((a, b) => b.probability - a.probability).slice(0, most);
}
