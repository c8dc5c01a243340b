import { type ModelName, modelNames } from "../../models/index.js";
import type { Run } from "../../runs/run-folder.node.js";
import type { TrainedRun } from "./claims/claim.js";
import { publishedData, studyBatchSize, studyLearningRate } from "./published.js";

/**
 * The runs that claims of the study are judged by: on MNIST, with its recipe; of each model the one
 * with the most epochs, the first one in ties.
 */
export function studyRuns(runs: readonly Run[]): Map<ModelName, TrainedRun> {
  const chosen = new Map<ModelName, TrainedRun>();
  for (const { record, metrics } of runs) {
    const { spec, data } = record;
    const { batchSize, learningRate } = spec.recipe;
    const model = modelNames.find((name) => name === record.model);
    if (model === undefined) continue;
    const ofStudy =
      data.name === publishedData &&
      batchSize === studyBatchSize &&
      learningRate === studyLearningRate;
    const longest = chosen.get(model)?.metrics.length ?? 0;
    if (ofStudy && metrics.length > longest) chosen.set(model, { model, seed: spec.seed, metrics });
  }
  return chosen;
}
