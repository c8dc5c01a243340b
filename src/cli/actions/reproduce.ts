import { availableParallelism } from "node:os";
import { canonicalJson } from "../../canonical-json.js";
import type { Dataset } from "../../data/dataset.js";
import { knownDataName } from "../../data/known-data.js";
import { SHARDS } from "../../engine/control.js";
import { InputError } from "../../errors.js";
import { lockFolder } from "../../files/folder-lock.node.js";
import { createFolder } from "../../files/folders.node.js";
import { type ClassifierName, classifierNames, models } from "../../models/index.js";
import { publishedData } from "../../papers/arslan-2021/published.js";
import { recipe } from "../../papers/arslan-2021/recipe.js";
import { annotationsFor } from "../../papers/index.js";
import { resultsTable } from "../../report/results-table.js";
import { writeReport } from "../../report/write-report.node.js";
import { checkResumable } from "../../runs/record-training.node.js";
import type { RecordTrainingOptions } from "../../runs/recording.js";
import {
  isReproduction,
  modelFolder,
  type ReproduceSettings,
  readSettings,
  writeSettings,
} from "../../runs/reproduction.node.js";
import { isRun, type Run, readRecord, readRun } from "../../runs/run-folder.node.js";
import { sectionsOf } from "../../runs/run-spec.js";
import { checkWeights } from "../../runs/run-weights.node.js";
import { trainRuns } from "../../runs/train-runs.node.js";
import { shellWord } from "../../shell-word.js";
import { trainingDefaults } from "../../train/defaults.js";
import { engineLine } from "../engine-line.js";
import { exitCodes } from "../exit-codes.js";
import { faultLines, leftOutLines } from "../fault-lines.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { OutputPlace } from "../output-folder.js";
import { recordedData } from "../recorded-data.js";
import { allDone, ShownTrainings } from "../shown-trainings.js";
import { trainingDisplay } from "../terminal/choose-display.js";
import { columnsOf } from "../terminal/live.js";
import { print, printBlock } from "../terminal/output.js";
import { typedCommand } from "../typed-command.js";

const where = "fovea reproduce";

/** The options of `fovea reproduce` that were given. */
export interface ReproduceArguments {
  readonly epochs?: number;
  readonly paper?: boolean;
  readonly seed?: number;
  readonly models?: readonly ClassifierName[];
  readonly data?: string;
  readonly threads?: number;
  readonly out?: string;
  readonly resume?: string;
}

/** Settings before the data is loaded. */
type Plan = Omit<ReproduceSettings, "data"> & {
  readonly data: { readonly choice: string; readonly digest?: string };
};

/** What stands in `reproduce.json` of a plan. */
function settingsOf(plan: Plan, data: Dataset): ReproduceSettings {
  const { name, digest } = data;
  return { ...plan, data: { choice: recordedData(data), name, digest } };
}

/** Trains the study's models, as many at once as there are threads, and writes the report. */
export async function runReproduce(args: ReproduceArguments): Promise<void> {
  checkExclusive(args);
  const output = args.resume === undefined ? new OutputPlace(where, args.out) : undefined;
  const interruption = new Interruption();
  try {
    const plan = args.resume === undefined ? planNew(args) : planResume(args.resume, args);
    const { data, reason, notes } = await loadChosenData(
      { choice: plan.data.choice, options: {} },
      interruption,
    );
    checkSameData(args.resume, plan, data);
    print(reason, ...notes);
    if (knownDataName(data) !== publishedData) {
      print(`the study's figures are for MNIST, so the tables show none for runs on ${data.name}`);
    }
    const directory = args.resume ?? output!.folder(`reproduce-seed${plan.seed}`);
    createFolder(directory);
    const lock = lockFolder(directory);
    try {
      await reproduceIn(directory, { plan, data, args, interruption });
    } finally {
      lock.release();
    }
  } finally {
    interruption.close();
    output?.removeUnused();
  }
}

interface Reproduction {
  readonly plan: Plan;
  readonly data: Dataset;
  readonly args: ReproduceArguments;
  readonly interruption: Interruption;
}

/** Trains what is missing in a folder that this process alone writes to, and reports. */
async function reproduceIn(
  directory: string,
  { plan, data, args, interruption }: Reproduction,
): Promise<void> {
  const settings = settingsOf(plan, data);
  checkUnfinished(directory, settings, data);
  const resumeCommand = typedCommand(`reproduce --resume ${shellWord(directory)}`);
  const finishedBefore = settings.models.every((model) =>
    finishedRun(modelFolder(directory, model), settings),
  );
  writeSettings(directory, settings);
  interruption.resumeCommand = resumeCommand;

  try {
    await trainAndReport(directory, settings, { plan, data, args, interruption });
  } catch (error) {
    // Somebody may have removed the folder meanwhile.
    if (isReproduction(directory)) print("resume with:", `  ${resumeCommand}`);
    throw error;
  }
  const runs = begunRuns(directory, settings).map(({ folder }) => readRecord(folder));
  if (runs.length === plan.models.length && runs.every((record) => isDone(record, plan))) {
    if (finishedBefore) print(allDone(plan.epochs));
    return;
  }
  print("stopped; resume with:");
  print(`  ${resumeCommand}`);
  process.exitCode = exitCodes.interrupted;
}

/** @throws the first error of a run, after the report of the others */
async function trainAndReport(
  directory: string,
  settings: ReproduceSettings,
  { data, args, interruption }: Reproduction,
): Promise<void> {
  const { runs, failure } = await trainModels({
    ...{ directory, settings, data, interruption },
    threads: args.threads ?? availableParallelism(),
  });
  await report(directory, runs);
  if (failure !== undefined) throw failure;
}

function checkExclusive(args: ReproduceArguments): void {
  if (args.paper && args.epochs !== undefined) {
    const expected = `either --paper (${recipe.paperEpochs} epochs) or --epochs`;
    throw new InputError(where, expected, "both");
  }
  if (args.resume === undefined) return;
  for (const name of ["seed", "models", "out"] as const) {
    if (args[name] !== undefined) {
      throw new InputError(where, `--resume without --${name}, which its folder decides`, "both");
    }
  }
}

function planNew(args: ReproduceArguments): Plan {
  return {
    format: 1,
    epochs: askedEpochs(args) ?? trainingDefaults.epochs,
    seed: args.seed ?? trainingDefaults.seed,
    models: [...(args.models ?? classifierNames)],
    batchSize: recipe.batchSize,
    learningRate: recipe.learningRate,
    data: { choice: args.data ?? "auto" },
  };
}

function planResume(directory: string, args: ReproduceArguments): Plan {
  const settings = readSettings(directory);
  const epochs = askedEpochs(args) ?? settings.epochs;
  if (epochs < settings.epochs) {
    throw new InputError(where, `--epochs to be ${settings.epochs} or more`, `${epochs}`);
  }
  checkRecipes(directory, settings);
  const choice = args.data ?? foundAgain(directory, settings);
  return { ...settings, epochs, data: { ...settings.data, choice } };
}

/** The value of `--data` that finds the data again: its folder, else, where that was moved, its name. */
function foundAgain(directory: string, settings: ReproduceSettings): string {
  const { choice, name } = settings.data;
  const [first] = begunRuns(directory, settings);
  // Before version 0.4 only the runs said the name.
  const known = name ?? (first && readRecord(first.folder).data.name);
  return known === undefined ? choice : recordedData({ name: known, source: choice });
}

function askedEpochs(args: ReproduceArguments): number | undefined {
  return args.paper ? recipe.paperEpochs : args.epochs;
}

function checkSameData(directory: string | undefined, plan: Plan, data: Dataset): void {
  const { digest } = plan.data;
  if (directory === undefined || digest === data.digest) return;
  const expected = `the data with digest ${digest?.slice(0, 12)} to resume`;
  throw new InputError(directory, expected, `${data.name} (${data.digest.slice(0, 12)})`);
}

/** Checks that the runs that have begun are of this recipe. Needs no data, whose loading takes seconds. */
function checkRecipes(directory: string, settings: ReproduceSettings): void {
  for (const { model, folder } of begunRuns(directory, settings)) {
    const record = readRecord(folder);
    const { seed, recipe: recorded } = record.spec;
    const compared = [
      ["model", model, record.model],
      ["seed", settings.seed, seed],
      ["batch size", settings.batchSize, recorded.batchSize],
      ["learning rate", settings.learningRate, recorded.learningRate],
      ["recipe", "{}", canonicalJson(sectionsOf(record.spec))],
      ["data", settings.data.digest.slice(0, 12), record.data.digest.slice(0, 12)],
    ];
    for (const [what, asked, got] of compared) {
      if (got === asked) continue;
      throw new InputError(folder, `${what} ${asked}, as reproduce.json`, `${got}`);
    }
  }
}

/** Checks that the runs that are not finished can be resumed, before anything is written. */
function checkUnfinished(directory: string, settings: ReproduceSettings, data: Dataset): void {
  for (const { model, folder } of begunRuns(directory, settings)) {
    if (finishedRun(folder, settings)) continue;
    checkResumable(runOptions({ directory, settings, data }, model));
  }
}

function begunRuns(directory: string, settings: ReproduceSettings) {
  const runs = settings.models.map((model) => ({ model, folder: modelFolder(directory, model) }));
  return runs.filter(({ folder }) => isRun(folder));
}

interface Training {
  readonly directory: string;
  readonly settings: ReproduceSettings;
  readonly data: Dataset;
  readonly threads: number;
  readonly interruption: Interruption;
}

/** What there is after training. */
interface Trained {
  /** Every run that has begun, in the order of the models. */
  readonly runs: readonly Run[];
  /** The first error of a run. */
  readonly failure?: unknown;
}

/** Trains what is not trained yet. An error ends its run alone. */
async function trainModels(training: Training): Promise<Trained> {
  const { directory, settings, threads, interruption } = training;
  const left = settings.models.filter((model) => {
    const finished = finishedRun(modelFolder(directory, model), settings) !== undefined;
    if (finished) print(`${model}: trained already`);
    return !finished;
  });
  const display = trainingDisplay(settings.models, process.stdout, process.env);
  const atOnce = Math.min(threads, left.length);
  const shown = new ShownTrainings(display, interruption, ({ build }) =>
    print(engineLine({ build, threads: atOnce > 1 ? threads : Math.min(threads, SHARDS) }, atOnce)),
  );
  let failure: unknown;
  await trainRuns({
    runs: left.map((model) => ({
      ...runOptions(training, model),
      ...shown.callbacks(model, settings.epochs),
    })),
    threads,
    signal: interruption.signal,
    onEnd: (run, outcome) => {
      shown.end(left[run]!);
      if (outcome.status === "fulfilled") {
        for (const line of [...faultLines(outcome.value), ...leftOutLines(outcome.value)]) {
          display.note(line);
        }
        return;
      }
      if (outcome.reason === interruption.signal.reason) return;
      failure ??= outcome.reason;
      display.note(
        `${left[run]}: ${outcome.reason instanceof Error ? outcome.reason.message : outcome.reason}`,
      );
    },
  });
  display.close();
  const runs = begunRuns(directory, settings).map(({ folder }) => readRun(folder));
  return { runs, failure };
}

function runOptions(
  { directory, settings, data }: Pick<Training, "directory" | "settings" | "data">,
  model: ClassifierName,
): RecordTrainingOptions {
  const { epochs, seed, batchSize, learningRate } = settings;
  const folder = modelFolder(directory, model);
  return {
    directory: folder,
    model: models[model],
    data,
    epochs,
    seed,
    batchSize,
    learningRate,
    resume: isRun(folder),
  };
}

/**
 * A run that is done; its views, which are made from the rest, must be there.
 *
 * @throws InputError where it says that it is done and a file of it is missing or was changed
 */
function finishedRun(folder: string, settings: ReproduceSettings): Run | undefined {
  if (!isRun(folder)) return undefined;
  const run = readRun(folder);
  if (!isDone(run.record, settings)) return undefined;
  checkWeights(run);
  return run.views && run;
}

function isDone(record: Run["record"], { epochs }: { readonly epochs: number }): boolean {
  return record.state === "done" && record.spec.recipe.epochs >= epochs;
}

async function report(directory: string, runs: readonly Run[]): Promise<void> {
  const trained = runs.filter(({ metrics }) => metrics.length > 0);
  if (trained.length === 0) return;
  const annotations = annotationsFor(trained);
  const { html } = await writeReport(
    trained.map((run) => run.directory),
    directory,
    annotations,
  );
  const width = columnsOf(process.stdout);
  printBlock(`\n${resultsTable(trained, { format: "plain", width, annotations }).trimEnd()}\n\n`);
  print(`report: ${html}`);
  print("open it in the studio:", `  ${typedCommand(`studio ${shellWord(directory)}`)}`);
}
