import type { Dataset, ImageSet } from "../data/dataset.js";
import type { Model } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { bestClass, classScores } from "../train/class-scores.js";

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
  const { mean, std, classes } = data;
  const scorer = { graph: model.graph, parameters, mean, std, batchSize: 64, threads: 1 };
  const found: Mistake[] = [];
  for (const part of ["train", "test"] as const) {
    const set: ImageSet = data[part];
    const scores = await classScores(scorer, set);
    set.labels.forEach((label, index) => {
      const own = scores.subarray(index * classes, (index + 1) * classes);
      const predicted = bestClass(own);
      if (predicted < 0 || predicted === label) return;
      // float32, as networks' probabilities are.
      const probability = Math.fround(Math.exp(own[predicted]!));
      found.push({ part, index, label, predicted, probability });
    });
  }
  return found.sort((a, b) => b.probability - a.probability).slice(0, most);
}
