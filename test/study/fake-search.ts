import type { TrainerFor } from "../../src/runs/train-runs.node.js";
import type { StudyManifest } from "../../src/study/manifest.js";
import type { TrainOptions } from "../../src/train/train-options.js";
import { accuracyTrainer } from "./fake-study.js";

/** A search over so many learning rates, 0.001 and on, judged by 50 images held out. */
export function searchManifest(
  search: object,
  { points = 9, recipe = {} } = {},
): Partial<StudyManifest> {
  return {
    models: ["cnn"],
    seeds: 1,
    recipe: { validation: 50, ...recipe },
    grid: { "recipe.learningRate": Array.from({ length: points }, (_, at) => (at + 1) / 1000) },
    search: search as StudyManifest["search"],
  };
}

/** How many of the 50 images held out a run classifies correctly; it may throw. */
export type HeldOutCorrect = (rate: number, seed: number, epoch: number) => number;

/** Trains nothing: each epoch has the accuracy that a function says, and the lower its loss the higher that is. */
export function searchTrainer(correctOf: HeldOutCorrect): {
  trainerFor: TrainerFor;
  /** Learning rate and seed of each start, and the epochs that it had. */
  begun: [rate: number, seed: number, epochs: number][];
} {
  const begun: [number, number, number][] = [];
  const { trainerFor: others } = accuracyTrainer(() => 0);
  const train = (options: TrainOptions) => {
    const { learningRate = 0, seed = 0, resume } = options;
    begun.push([learningRate, seed, resume?.epoch ?? 0]);
    const own = accuracyTrainer((_, __, epoch) => correctOf(learningRate, seed, epoch));
    return own.trainerFor(() => 1).train({
      ...options,
      onEpoch: (metrics, parameters, state) => {
        const { validationCorrect } = metrics;
        const change = { validationTotal: 50, validationLoss: (100 - validationCorrect) / 100 };
        const validationAccuracy = validationCorrect / 50;
        return options.onEpoch?.({ ...metrics, ...change, validationAccuracy }, parameters, state);
      },
    });
  };
  return { trainerFor: (threads) => ({ ...others(threads), train }), begun };
}
