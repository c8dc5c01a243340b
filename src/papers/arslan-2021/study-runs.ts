import { knownDataName } from "../../data/known-data.js";
import { type ClassifierName, classifierNames } from "../../models/names.js";
import { catalogueModelOf } from "../../runs/catalogue-run.js";
import type { Run } from "../../runs/run-folder.node.js";
import type { RunHistory } from "../../runs/run-history.node.js";
import { sectionsOf } from "../../runs/run-spec.js";
import type { EpochMetrics } from "../../train/metrics.js";
import type { SeedRuns, TrainedRun } from "./claims/claim.js";
import {
  publishedData,
  type StudyFigures,
  studyBatchSize,
  studyEpochs,
  studyFigures,
  studyLearningRate,
} from "./published.js";

/** Whether a run can be compared with the study: one of its networks, with its recipe, on MNIST. */
export function hasStudyRecipe({ record }: Pick<Run, "record">): boolean {
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
export function studyRuns(runs: readonly RunHistory[]): Map<ClassifierName, TrainedRun> {
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

/**
 * The runs over seeds by which the study's claims are judged: on MNIST, with its recipe, of the networks that have two
 * seeds or more, over the seeds that all of these have. Undefined where there are none.
 */
export function seedRuns(runs: readonly RunHistory[]): SeedRuns | undefined {
  const bySeed = curvesBySeed(runs);
  const several = [...bySeed].filter(([, curves]) => curves.size > 1);
  if (several.length === 0) return undefined;
  const [[, first]] = several as [(typeof several)[number]];
  const seeds = [...first.keys()]
    .filter((seed) => several.every(([, curves]) => curves.has(seed)))
    .sort((one, other) => one - other);
  if (seeds.length < 2) return undefined;
  const lengths = several.flatMap(([, curves]) => seeds.map((seed) => curves.get(seed)!.length));
  const epochs = Math.min(studyEpochs, ...lengths);
  const curves = several.map(
    ([model, own]) => [model, seeds.map((seed) => own.get(seed)!.slice(0, epochs))] as const,
  );
  return { seeds, epochs, curves: new Map(curves) };
}

/** Of each network and seed the longest run with the study's recipe. */
function curvesBySeed(runs: readonly RunHistory[]) {
  const found = new Map<ClassifierName, Map<number, readonly EpochMetrics[]>>();
  for (const { record, metrics } of runs) {
    const model = studyModelOf(record);
    if (model === undefined || !hasStudyRecipe({ record })) continue;
    const curves = found.get(model) ?? new Map<number, readonly EpochMetrics[]>();
    const { seed } = record.spec;
    if (metrics.length > (curves.get(seed)?.length ?? 0)) curves.set(seed, metrics);
    if (curves.size > 0) found.set(model, curves);
  }
  return found;
}
