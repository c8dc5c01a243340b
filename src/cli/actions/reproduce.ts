import type { Dataset } from "../../data/dataset.js";
import { InputError } from "../../errors.js";
import { modelNames } from "../../models/index.js";
import { resultsTable } from "../../report/results-table.js";
import { writeReport } from "../../report/write-report.js";
import { isRun, type Run, readRecord, readRun } from "../../runs/run-folder.js";
import type { EngineInfo } from "../../train/train.js";
import type { ReproduceArguments } from "../commands/reproduce.js";
import { engineLine } from "../engine-line.js";
import { exitCodes } from "../exit-codes.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { checkOutput, outputFolder } from "../output-folder.js";
import { recipe } from "../recipe.js";
import { recordedData } from "../recorded-data.js";
import {
  modelFolder,
  type ReproduceSettings,
  readSettings,
  writeSettings,
} from "../reproduce-settings.js";
import { shellQuote } from "../shell-quote.js";
import { trainingDisplay } from "../terminal/training-display.js";
import { allDone, trainShown } from "../train-shown.js";
import { typedCommand } from "../typed-command.js";

const where = "fovea reproduce";

/** Settings before the data is loaded. */
type Plan = Omit<ReproduceSettings, "data"> & {
  readonly data: { readonly choice: string; readonly digest?: string };
};

/** Trains the study's models one after the other and writes the report. */
export async function runReproduce(args: ReproduceArguments): Promise<void> {
  checkExclusive(args);
  const plan = args.resume === undefined ? planNew(args) : planResume(args.resume, args);
  const interruption = new Interruption();
  try {
    const { data, reason } = await loadChosenData(plan.data.choice, interruption);
    checkSameData(args.resume, plan, data);
    console.log(reason);
    const settings = { ...plan, data: { choice: recordedData(data), digest: data.digest } };
    const directory = args.resume ?? outputFolder(args.out, `reproduce-seed${plan.seed}`);
    checkRuns(directory, settings);
    const goOn = typedCommand(`reproduce --resume ${shellQuote(directory)}`);
    const finishedBefore = settings.models.every((model) =>
      finishedRun(modelFolder(directory, model), settings),
    );
    writeSettings(directory, settings);
    interruption.goOn = goOn;

    const runs = await trainModels(directory, settings, data, args.threads, interruption);
    await report(directory, runs);
    if (runs.length === plan.models.length && runs.every(({ record }) => isDone(record, plan))) {
      if (finishedBefore) console.log(allDone(plan.epochs));
      return;
    }
    console.log("stopped; go on with:");
    console.log(`  ${goOn}`);
    process.exitCode = exitCodes.interrupted;
  } finally {
    interruption.close();
  }
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
  checkOutput(where, args.out);
  return {
    format: 1,
    epochs: askedEpochs(args) ?? recipe.epochs,
    seed: args.seed ?? recipe.seed,
    models: [...(args.models ?? modelNames)],
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
  const choice = args.data ?? settings.data.choice;
  return { ...settings, epochs, data: { ...settings.data, choice } };
}

function askedEpochs(args: ReproduceArguments): number | undefined {
  return args.paper ? recipe.paperEpochs : args.epochs;
}

function checkSameData(directory: string | undefined, plan: Plan, data: Dataset): void {
  const { digest } = plan.data;
  if (directory === undefined || digest === data.digest) return;
  const expected = `the data with digest ${digest?.slice(0, 12)} to go on`;
  throw new InputError(directory, expected, `${data.name} (${data.digest.slice(0, 12)})`);
}

/** Checks that the runs that have begun are of this recipe, before anything is written. */
function checkRuns(directory: string, settings: ReproduceSettings): void {
  for (const model of settings.models) {
    const folder = modelFolder(directory, model);
    if (!isRun(folder)) continue;
    const record = readRecord(folder);
    const compared = [
      ["model", model, record.model],
      ["seed", settings.seed, record.seed],
      ["batch size", settings.batchSize, record.batchSize],
      ["learning rate", settings.learningRate, record.learningRate],
      ["data", settings.data.digest.slice(0, 12), record.data.digest.slice(0, 12)],
    ];
    for (const [what, asked, recorded] of compared) {
      if (recorded === asked) continue;
      throw new InputError(folder, `${what} ${asked}, as reproduce.json`, `${recorded}`);
    }
  }
}

/** Trains what is not trained yet; returns every run that has begun. */
async function trainModels(
  directory: string,
  settings: ReproduceSettings,
  data: Dataset,
  threads: number | undefined,
  interruption: Interruption,
): Promise<Run[]> {
  const display = trainingDisplay(settings.models, process.stdout, process.env);
  const onEngine = once((engine: EngineInfo) => console.log(engineLine(engine)));
  const runs: Run[] = [];
  for (const model of settings.models) {
    const folder = modelFolder(directory, model);
    const finished = finishedRun(folder, settings);
    if (finished) {
      console.log(`${model}: trained already`);
      runs.push(finished);
    } else if (!interruption.signal.aborted) {
      const options = { ...settings, model, data, threads, directory: folder };
      try {
        runs.push(
          await trainShown({ ...options, resume: isRun(folder) }, display, interruption, onEngine),
        );
      } catch (error) {
        // Stopped before the model's first step: what there is of the others is reported.
        if (error !== interruption.signal.reason) throw error;
        if (isRun(folder)) runs.push(readRun(folder));
      }
    } else if (isRun(folder)) runs.push(readRun(folder));
  }
  display.close();
  return runs;
}

function finishedRun(folder: string, settings: ReproduceSettings): Run | undefined {
  if (!isRun(folder)) return undefined;
  const run = readRun(folder);
  return isDone(run.record, settings) ? run : undefined;
}

function isDone(record: Run["record"], { epochs }: { readonly epochs: number }): boolean {
  return record.state === "done" && record.epochs >= epochs;
}

async function report(directory: string, runs: readonly Run[]): Promise<void> {
  const trained = runs.filter(({ metrics }) => metrics.length > 0);
  if (trained.length === 0) return;
  const { html } = await writeReport(
    trained.map((run) => run.directory),
    directory,
  );
  console.log(
    `\n${resultsTable(trained, { format: "plain", width: process.stdout.columns }).trimEnd()}\n`,
  );
  console.log(`report: ${html}`);
}

function once<Value>(call: (value: Value) => void): (value: Value) => void {
  let called = false;
  return (value) => {
    if (!called) call(value);
    called = true;
  };
}
