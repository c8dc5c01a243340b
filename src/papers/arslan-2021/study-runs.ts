import { knownDataName } from "../../data/known-data.js";
import { type ClassifierName, classifierNames } from "../../models/names.js";
import { catalogueModelOf } from "../../runs/catalogue-run.js";
import type { Run } from "../../runs/run-folder.node.js";
import { sectionsOf } from "../../runs/run-spec.js";
import type { TrainedRun } from "./claims/claim.js";
import {
  publishedData,
  type StudyFigures,
  studyBatchSize,
  studyFigures,
  studyLearningRate,
} from "./published.js";

/** Whether a run can be compared with the study: one of its networks, with its recipe, on MNIST. */
export function hasStudyRecipe({ record }: Run): boolean {
  const { recipe, data } = record.spec;
  return (
    knownDataName(data) === publishedData &&
    recipe.batchSize === studyBatchSize &&
    recipe.learningRate === studyLearningRate &&
    Object.keys(sectionsOf(record.spec)).length === 0 &&
    studyModelOf(record) !== undefined
  );
}

/** The network that a run trained, where the study's pages and `fovea reproduce` have it. */
export function studyModelOf(
  record: Parameters<typeof catalogueModelOf>[0],
): ClassifierName | undefined {
  const model = catalogueModelOf(record);
  return classifierNames.find((name) => name === model);
}

/** The study's figures of a run's network; undefined where there are none, or the run is not on MNIST. */
export function figuresBeside({ record }: Run): StudyFigures | undefined {
  const model = studyModelOf(record);
  if (model === undefined || knownDataName(record.spec.data) !== publishedData) return undefined;
  return studyFigures(model);
}

/** The runs that are compared with the study's figures: of its networks, with its recipe, on MNIST. */
export function comparableRuns(runs: readonly Run[]): Run[] {
  return runs.filter((run) => hasStudyRecipe(run) && figuresBeside(run) !== undefined);
}

/**
 * The runs by which the study's claims are judged: on MNIST, with its recipe; per model the one with the
 * most epochs, the first of equals.
 */
export function studyRuns(runs: readonly Run[]): Map<ClassifierName, TrainedRun> {
  const chosen = new Map<ClassifierName, TrainedRun>();
  for (const run of runs) {
    const { record, metrics } = run;
    const model = studyModelOf(record);
    if (model === undefined || !hasStudyRecipe(run)) continue;
    const longest = chosen.get(model)?.metrics.length ?? 0;
    if (metrics.length > longest) chosen.set(model, { model, seed: record.spec.seed, metrics });
  }
  return chosen;
}
