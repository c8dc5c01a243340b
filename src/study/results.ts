import { InputError } from "../errors.js";
import { counted, thousands } from "../numbers.js";
import { type Comparison, compareModels, type ModelRuns } from "../stats/compare.js";
import type { PlannedRun, Variant } from "./expand.js";
import type { Outcome, Selection } from "./outcome.js";

/** A run of something that is compared. */
export interface ScoredRun {
  /** What is compared: the name of a variant. */
  readonly model: string;
  readonly seed: number;
  /** Undefined before the run has ended. */
  readonly outcome: Outcome | undefined;
}

/** The accuracies of a study by model. */
export interface StudyResults {
  /** In the order of the models' first runs; those without any accuracy are left out. */
  readonly models: readonly ModelRuns[];
  /** Which accuracies these are; undefined without any. */
  readonly selection: Selection | undefined;
  /** What was left out, and why, a line each for people. */
  readonly leftOut: readonly string[];
}

/**
 * The runs of a study with their outcomes.
 *
 * @example
 * const study = readStudy("runs/sweep");
 * for (const run of scoredRuns(study.runs, readOutcomes(study))) console.log(run);
 */
export function scoredRuns(
  runs: readonly PlannedRun[],
  outcomes: ReadonlyMap<string, Outcome>,
): ScoredRun[] {
  return runs.map(({ key, variant, seed }) => ({
    ...{ model: variant.name, seed },
    outcome: outcomes.get(key),
  }));
}

/**
 * The accuracies that are compared, in percent. Collapsed and diverged runs count with the accuracy that they ended with.
 *
 * A comparison of the same seeds is much finer than one of different seeds. So where models have seeds in common, a seed
 * that some of them has no accuracy for, as its run failed or has not ended, is left out of all. A model without any
 * accuracy is left out as a whole.
 *
 * @throws InputError where the accuracies are of different kinds
 * @example
 * const { models: scored, leftOut } = studyResults(collectRuns(["runs/sweep"]));
 */
export function studyResults(runs: readonly ScoredRun[]): StudyResults {
  const selection = oneSelection(runs);
  const byModel = new Map<string, ScoredRun[]>();
  for (const run of runs) {
    const own = byModel.get(run.model);
    if (own === undefined) byModel.set(run.model, [run]);
    else own.push(run);
  }
  const scored = [...byModel].map(([model, own]) => scoresOf(model, own));
  const known = scored.filter(({ values }) => values.size > 0);
  const [first, ...others] = known;
  const common = [...(first?.values.keys() ?? [])].filter((seed) =>
    others.every(({ values }) => values.has(seed)),
  );
  const usesCommon = common.length > 0;
  const models = known.map(({ model, values, bad }) => {
    const seeds = (usesCommon ? common : [...values.keys()]).sort((a, b) => a - b);
    return {
      ...{ model, seeds },
      values: seeds.map((seed) => values.get(seed)!),
      collapsed: seeds.filter((seed) => bad.has(seed)).length,
    };
  });
  const leftOut = [
    ...[...byModel].flatMap(([model, own]) => missingLines(model, own)),
    ...(usesCommon ? unpairedLines(known, new Set(common)) : []),
  ];
  return { models, selection, leftOut };
}

/**
 * The comparison of a study's models, as `compareModels` makes it.
 *
 * @param isCompared whether a pair is of interest; default: all are
 * @example
 * const { runs } = readStudy("runs/sweep");
 * const results = studyResults(scoredRuns(runs, readOutcomes({ directory: "runs/sweep", runs })));
 * const [{ verdict }] = compareResults(results).pairs;
 */
export function compareResults(
  { models }: Pick<StudyResults, "models">,
  isCompared: (a: string, b: string) => boolean = () => true,
): Comparison {
  return compareModels(models, isCompared);
}

/** Whether two variants are compared: with a baseline only where one is of that model, at the same point of the grid. */
export function baselinePairs(
  variants: readonly Variant[],
  baseline: string | undefined,
): (a: string, b: string) => boolean {
  if (baseline === undefined) return () => true;
  const byName = new Map(variants.map((variant) => [variant.name, variant]));
  return (a, b) => {
    const pair = [byName.get(a), byName.get(b)];
    const ofBaseline = pair.filter((variant) => variant?.model === baseline);
    return ofBaseline.length === 1 && pair[0]?.point === pair[1]?.point;
  };
}

/** Which accuracies are compared, in a sentence. */
export function selectionText(selection: Selection, images: number, atEpoch?: number): string {
  const on = `accuracies on the ${thousands(images)} test images`;
  return selection === "held out"
    ? `${on}, by the weights of the epoch with the lowest loss on training images held out`
    : `${on} after ${atEpoch === undefined ? "the last epoch" : `epoch ${atEpoch}`}`;
}

interface Scores {
  readonly model: string;
  /** Percent, by seed. */
  readonly values: ReadonlyMap<number, number>;
  /** Seeds whose runs collapsed or diverged. */
  readonly bad: ReadonlySet<number>;
}

function scoresOf(model: string, runs: readonly ScoredRun[]): Scores {
  const values = new Map<number, number>();
  const bad = new Set<number>();
  for (const { seed, outcome } of runs) {
    if (!outcome?.result) continue;
    values.set(seed, (100 * outcome.result.correct) / outcome.result.total);
    if (outcome.outcome !== "done") bad.add(seed);
  }
  return { model, values, bad };
}

function oneSelection(runs: readonly ScoredRun[]): Selection | undefined {
  const results = runs.flatMap(({ outcome }) => outcome?.result ?? []);
  const kinds = [...new Set(results.map(({ selection }) => selection))];
  if (kinds.length > 1) {
    const expected = "runs that all hold out training images, or none";
    throw new InputError("comparison", expected, "some of each");
  }
  const totals = [...new Set(results.map(({ total }) => total))];
  if (totals.length > 1) {
    throw new InputError("comparison", "the same test images", `${totals.join(" and ")} of them`);
  }
  return kinds[0];
}

/** A model's runs without an accuracy, a line for each reason. */
function missingLines(model: string, runs: readonly ScoredRun[]): string[] {
  const failed = runs.filter(({ outcome }) => outcome?.outcome === "failed");
  const open = runs.filter(({ outcome }) => outcome === undefined);
  return [
    ...failed.map(({ seed, outcome }) => `${model}, seed ${seed}: failed: ${outcome!.reason}`),
    ...(open.length > 0 ? [`${model}: ${counted(open.length, "run")} not ended`] : []),
  ];
}

function unpairedLines(scored: readonly Scores[], common: ReadonlySet<number>): string[] {
  return scored.flatMap(({ model, values }) => {
    const seeds = [...values.keys()].filter((seed) => !common.has(seed));
    if (seeds.length === 0) return [];
    const which = `${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")}`;
    return [`${model}: ${which} left out, as another model has no accuracy for it`];
  });
}
