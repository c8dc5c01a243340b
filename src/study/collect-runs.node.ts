import { readdirSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../canonical-json.js";
import { InputError } from "../errors.js";
import { isFolder } from "../files/folders.node.js";
import { isReproduction, runFolders } from "../runs/reproduction.node.js";
import { isRun, readRun } from "../runs/run-folder.node.js";
import { groupRuns } from "./group-runs.js";
import type { Outcome } from "./outcome.js";
import { outcomeOf } from "./outcome.js";
import type { ScoredRun } from "./results.js";
import { comparedRuns, SearchProgress } from "./search/search-progress.node.js";
import { isStudy, readOutcomes, readStudy, studyRunFolder } from "./study-folder.node.js";

/** A run of some folder, and what must agree where it is compared. */
interface FoundRun {
  readonly folder: string;
  readonly name: string;
  /** What makes runs those of one model: its network and recipe. Plain JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly outcome: Outcome | undefined;
  readonly data: { readonly name: string; readonly digest: string };
  readonly engine: object;
}

/** A run with its folder. */
export interface CollectedRun extends ScoredRun {
  readonly folder: string;
}

/**
 * The runs in some folders, by model and recipe: run folders, folders of studies and of `fovea reproduce`, and folders
 * of any of these. Models of the same name get what differs in their recipes added to it.
 *
 * @throws InputError where a folder has no run; runs have other data or another build of the engine than the others; or
 *   equal runs have other accuracies
 * @example
 * const { models: scored } = studyResults(collectRuns(["runs/sweep"]));
 * const { pairs } = compareResults({ models: scored });
 */
export function collectRuns(folders: readonly string[]): CollectedRun[] {
  const found = folders.flatMap(runsIn);
  for (const run of found) checkAgrees(found[0]!, run);
  return groupRuns(found).flatMap(({ name, runs }) =>
    eachSeedOnce(runs).map(({ seed, outcome, folder }) => ({ model: name, seed, outcome, folder })),
  );
}

function runsIn(folder: string): FoundRun[] {
  if (isStudy(folder)) return studyRuns(folder);
  if (isRun(folder)) return [runOf(folder)];
  if (isReproduction(folder)) return runFolders(folder).map(runOf);
  if (!isFolder(folder)) throw new InputError(folder, "a folder with runs", "no such folder");
  const inside = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => isRun(path) || isReproduction(path));
  if (inside.length === 0) throw new InputError(folder, "a folder with runs", "one without");
  return inside.flatMap(runsIn);
}

function runOf(folder: string): FoundRun {
  const run = readRun(folder);
  const { model, spec, state, data, options = {} } = run.record;
  return {
    ...{ folder, name: model, seed: spec.seed },
    facts: { network: spec.model, options, recipe: spec.recipe, split: spec.split },
    outcome: state === "done" ? outcomeOf(folder, run) : undefined,
    data: { name: data.name, digest: data.digest },
    engine: spec.engine,
  };
}

function studyRuns(directory: string): FoundRun[] {
  const folder = readStudy(directory);
  const { record } = folder;
  const runs = comparedRuns(folder, SearchProgress.of(folder));
  const outcomes = readOutcomes({ directory, runs });
  return runs.map(({ key, variant, seed }) => ({
    ...{ folder: studyRunFolder(directory, key), name: variant.name, seed },
    facts: { study: directory, recipe: variant.recipe, options: variant.set },
    outcome: outcomes.get(key),
    data: { name: record.data.name, digest: record.data.digest },
    engine: record.engine,
  }));
}

function checkAgrees(first: FoundRun, run: FoundRun): void {
  if (run.data.digest !== first.data.digest) {
    const show = ({ data }: FoundRun) => `${data.name} (${data.digest.slice(0, 12)})`;
    throw new InputError(run.folder, `data ${show(first)}, as ${first.folder}`, show(run));
  }
  const [own, other] = [canonicalJson(run.engine), canonicalJson(first.engine)];
  if (own !== other) throw new InputError(run.folder, `engine ${other}, as ${first.folder}`, own);
}

/** Runs with the same seed are the same run: they must have the same accuracy. */
function eachSeedOnce(group: readonly FoundRun[]): FoundRun[] {
  const bySeed = new Map<number, FoundRun>();
  for (const run of group) {
    const before = bySeed.get(run.seed);
    if (before?.outcome?.result === undefined) {
      bySeed.set(run.seed, run);
      continue;
    }
    const { result } = run.outcome ?? {};
    if (result === undefined || result.correct === before.outcome.result.correct) continue;
    const expected = `${before.outcome.result.correct} images correct, as ${before.folder}, which is the same run`;
    throw new InputError(run.folder, expected, `${result.correct}`);
  }
  return [...bySeed.values()];
}
