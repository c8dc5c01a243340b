import type { TrainerFor } from "../../src/runs/train-runs.node.js";
import type { StudyManifest } from "../../src/study/manifest.js";
import type { TrainOptions } from "../../src/train/train-options.js";
import { epochMetrics } from "../runs/epoch-metrics.js";
import { parametersAfter } from "../runs/fake-trainer.js";
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
  const train = async (options: TrainOptions) => {
    const { learningRate = 0, seed = 0, epochs = 1, model, resume, signal } = options;
    const engine = { build: "relaxed-fma", threads: 1, shards: 8 } as const;
    begun.push([learningRate, seed, resume?.epoch ?? 0]);
    await options.onStart?.(engine);
    let epoch = resume?.epoch ?? 0;
    do {
      epoch++;
      const validationCorrect = correctOf(learningRate, seed, epoch);
      const validationLoss = (100 - validationCorrect) / 100;
      const validation = { validationCorrect, validationTotal: 50, validationLoss };
      await options.onEpoch?.(
        epochMetrics(epoch, { ...validation, validationAccuracy: validationCorrect / 50 }),
        parametersAfter(model, epoch),
      );
    } while (epoch < epochs && !signal?.aborted);
    const parameters = parametersAfter(model, epoch);
    return { engine, epochs: [], stopped: epoch < epochs, endedEarly: false, parameters };
  };
  return { trainerFor: (threads) => ({ ...others(threads), train }), begun };
}
