import { knownDataName } from "../../data/known-data.js";
import type { ModelName } from "../../models/index.js";
import { catalogueModelOf } from "../../runs/catalogue-run.js";
import type { Run } from "../../runs/run-folder.node.js";
import type { TrainedRun } from "./claims/claim.js";
import {
  publishedData,
  type StudyFigures,
  studyBatchSize,
  studyFigures,
  studyLearningRate,
} from "./published.js";

/** Whether a run can be compared with the study: its recipe, on MNIST, of a network of the catalogue. */
export function hasStudyRecipe({ record }: Run): boolean {
  const { recipe, data } = record.spec;
  return (
    knownDataName(data) === publishedData &&
    recipe.batchSize === studyBatchSize &&
    recipe.learningRate === studyLearningRate &&
    catalogueModelOf(record) !== undefined
  );
}

/** The study's figures of a run's network; undefined where it has none, or the run is not on MNIST. */
export function figuresBeside({ record }: Run): StudyFigures | undefined {
  const model = catalogueModelOf(record);
  if (model === undefined || knownDataName(record.spec.data) !== publishedData) return undefined;
  return studyFigures(model);
}

/** The runs whose figures stand beside the study's: of its networks, with its recipe, on MNIST. */
export function comparableRuns(runs: readonly Run[]): Run[] {
  return runs.filter((run) => hasStudyRecipe(run) && figuresBeside(run) !== undefined);
}

/**
 * The runs that claims of the study are judged by: on MNIST, with its recipe; of each model the one
 * with the most epochs, the first one in ties.
 */
export function studyRuns(runs: readonly Run[]): Map<ModelName, TrainedRun> {
  const chosen = new Map<ModelName, TrainedRun>();
  for (const run of runs) {
    const { record, metrics } = run;
    const model = catalogueModelOf(record);
    if (model === undefined || !hasStudyRecipe(run)) continue;
    const longest = chosen.get(model)?.metrics.length ?? 0;
    if (metrics.length > longest) chosen.set(model, { model, seed: record.spec.seed, metrics });
  }
  return chosen;
}
