import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Dataset } from "../../data/dataset.js";
import { InputError } from "../../errors.js";
import { createParent } from "../../files/folders.node.js";
import { jsonText } from "../../json-text.js";
import {
  type StudyReportFiles,
  writeStudyReport,
} from "../../report/study/write-study-report.node.js";
import type { Comparison } from "../../stats/compare.js";
import { parseManifest, type Study, studyDigest } from "../../study/manifest.js";
import { compareResults, scoredRuns, studyResults } from "../../study/results.js";
import {
  beginStudy,
  isStudy,
  readOutcomes,
  readStudy,
  type StudyFolder,
} from "../../study/study-folder.node.js";
import {
  allDecided,
  type Decision,
  Decisions,
  decidedComparison,
} from "../../study/until-decided.js";
import { modelSentence, sequentialSentence } from "../../study/verdict-text.js";
import { trainingDefaults } from "../../train/defaults.js";
import { chosenData, type DataArguments } from "../data-options.js";
import { recipeFrom } from "../given-recipe.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { byDefault } from "../output-folder.js";
import type { RecipeArguments } from "../recipe-options.js";
import { studyNetworks } from "../study-networks.js";
import { aboutText, contentOf, findingsOf, reportedStudy } from "../study-summary.js";
import { note, print, printBlock } from "../terminal/output.js";
import { trainStudy } from "../train-study.js";
import type { TrainingArguments } from "../training-options.js";
import { dataOf } from "./study.js";

const where = "fovea compare";

/** Seeds per model where `--seeds` is not given. */
const defaultSeeds = 5;
/** What `--until-decided` stops at where it is not given. */
const defaultMaxSeeds = 60;

/** The options of `fovea compare` that were given. */
export interface CompareArguments extends RecipeArguments, DataArguments, TrainingArguments {
  readonly seeds?: number;
  readonly untilDecided?: boolean;
  readonly difference?: number;
  readonly maxSeeds?: number;
  readonly threads?: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** What a comparison has shown. */
export interface Compared {
  readonly comparison: Comparison;
  readonly about: string | undefined;
  readonly findings: readonly string[];
  readonly remarks: readonly string[];
}

/** Trains what is missing of models with several seeds, and compares them. */
export async function compareModelsByTraining(
  models: readonly string[],
  args: CompareArguments,
): Promise<void> {
  checkTogether(args);
  if (models.length < 2) throw new InputError(where, "two models or more", models.join());
  const study = studyOf(models, args, args.untilDecided ? 1 : (args.seeds ?? defaultSeeds));
  const decisions = args.untilDecided ? decisionsOf(study, args) : undefined;
  const interruption = new Interruption();
  try {
    const choice = { choice: study.data, options: study.pictures ?? {} };
    const { data, reason, notes } = await loadChosenData(choice, interruption);
    for (const line of [reason, ...notes]) (args.json ? note : print)(line);
    const comparing = new Comparing(study, data, interruption, args);
    const seeds = decisions
      ? Math.min(decisions.firstLook, decisions.maxSeeds)
      : study.seeds.length;
    let compared = await comparing.with(seeds);
    let known = decisions && compared && decisions.of(compared.comparison.models);
    while (decisions && compared && known && !allDecided(known) && !compared.isShort) {
      const step = Math.max(1, Math.floor(comparing.threads / models.length));
      const next = Math.min(comparing.seeds + step, decisions.maxSeeds);
      compared = await comparing.with(next);
      known = compared && decisions.of(compared.comparison.models);
    }
    if (compared === undefined) return;
    const shown = known ? decided(compared, known, args) : compared;
    show(shown, args);
    sayReport(comparing.report(shown), args);
  } finally {
    interruption.close();
  }
}

/** Prints a comparison. */
export function show(
  { comparison, about, findings, remarks }: Compared,
  args: CompareArguments,
): void {
  for (const line of remarks) note(line);
  if (args.json) {
    printBlock(jsonText(comparison, 2));
    return;
  }
  if (about !== undefined) print(`compared: ${about}`);
  print(...findings);
}

/** Says where the report of a comparison is. */
export function sayReport({ html }: { readonly html: string }, { json }: CompareArguments): void {
  (json ? note : print)(`report: ${html}`);
}

function checkTogether({ untilDecided, seeds, difference, maxSeeds }: CompareArguments): void {
  if (untilDecided) {
    if (seeds !== undefined) {
      throw new InputError(where, "either --seeds or --until-decided", "both");
    }
    if (difference === undefined) {
      throw new InputError(where, "--difference with --until-decided", "none");
    }
    return;
  }
  const option = difference !== undefined ? "--difference" : "--max-seeds";
  if (difference === undefined && maxSeeds === undefined) return;
  throw new InputError(where, `${option} only with --until-decided`, "it alone");
}

function studyOf(models: readonly string[], args: CompareArguments, seeds: number): Study {
  const { epochs, batchSize, learningRate, validation, patience } = args;
  const recipe = {
    epochs: epochs ?? trainingDefaults.epochs,
    batchSize: batchSize ?? trainingDefaults.batchSize,
    learningRate: learningRate ?? trainingDefaults.learningRate,
    ...(validation !== undefined && { validation }),
    ...(patience !== undefined && { patience }),
    ...recipeFrom(where, args),
  };
  const { choice, options } = chosenData(where, args, undefined);
  const pictures = Object.keys(options).length > 0 && { pictures: options };
  const manifest = { format: 1, models, seeds, data: choice, ...pictures, recipe };
  return parseManifest(manifest, where);
}

function decisionsOf(study: Study, args: CompareArguments): Decisions {
  const maxSeeds = args.maxSeeds ?? defaultMaxSeeds;
  return new Decisions(study.models.length, { difference: args.difference!, maxSeeds });
}

/** A comparison whose folder grows. */
class Comparing {
  readonly threads: number;
  seeds = 0;
  readonly #directory: string;

  constructor(
    private readonly study: Study,
    private readonly data: Dataset,
    private readonly interruption: Interruption,
    private readonly args: CompareArguments,
  ) {
    this.threads = args.threads ?? availableParallelism();
    this.#directory = args.out ?? defaultFolder(study, data);
    if (args.out === undefined) byDefault(() => createParent("runs"));
  }

  /** Trains so many seeds of each model; undefined where that was interrupted. */
  async with(seeds: number): Promise<(Compared & { readonly isShort: boolean }) | undefined> {
    this.seeds = seeds;
    const folder = await this.#folder(seeds);
    const wanted = folder.runs.filter(({ seed }) => seed < seeds);
    const { data, interruption, args } = this;
    const { threads, json } = args;
    const { outcomes, isComplete } = await trainStudy({
      ...{ folder, data, interruption, runs: wanted, threads, json },
    });
    if (!isComplete) return undefined;
    const results = studyResults(scoredRuns(wanted, outcomes));
    const comparison = compareResults(results);
    return {
      comparison,
      about: aboutText(results, [...outcomes.values()]),
      findings: findingsOf(comparison),
      remarks: results.leftOut,
      isShort: results.leftOut.length > 0,
    };
  }

  /** Writes the report of the seeds that were compared. */
  report(compared: Compared): StudyReportFiles {
    const folder = readStudy(this.#directory);
    const runs = folder.runs.filter(({ seed }) => seed < this.seeds);
    const content = { ...contentOf(compared), difference: this.args.difference };
    const study = reportedStudy(folder, { runs, outcomes: readOutcomes(folder) }, content);
    return writeStudyReport(study, this.#directory);
  }

  /** The folder with at least so many seeds; those that it has already stay. */
  async #folder(seeds: number): Promise<StudyFolder> {
    const known = isStudy(this.#directory) ? readStudy(this.#directory).record.study.seeds : [];
    const all = new Set([...Array.from({ length: seeds }, (_, seed) => seed), ...known]);
    const study = { ...this.study, seeds: [...all].sort((a, b) => a - b) };
    const networks = await studyNetworks(where, study, this.data);
    return beginStudy(this.#directory, { study, networks, data: dataOf(this.data) }, true);
  }
}

/** Named by the models and settings, so that the same question finds its runs again; more seeds are added. */
function defaultFolder(study: Study, data: Dataset): string {
  const settings = studyDigest({ ...study, seeds: [], data: data.digest }).slice(0, 8);
  const names = study.models.map(({ name }) => name).join("-");
  return join("runs", `compare-${names.slice(0, 80)}-${settings}`);
}

function decided(
  compared: Compared,
  decisions: readonly Decision[],
  args: CompareArguments,
): Compared {
  const comparison = decidedComparison(compared.comparison, decisions);
  const sentences = decisions.map((decision) =>
    sequentialSentence(decision, decision.result, args.difference!),
  );
  return {
    ...compared,
    comparison,
    findings: [...comparison.models.map(modelSentence), ...sentences],
  };
}
