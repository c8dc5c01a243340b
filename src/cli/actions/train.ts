import type { Dataset } from "../../data/dataset.js";
import {
  normalisationText,
  type PixelStatistics,
  sameNormalisation,
} from "../../data/normalisation.js";
import { InputError } from "../../errors.js";
import { type ModelSource, modelFor } from "../../graph/model.js";
import type { NamedTensors } from "../../graph/tensors.js";
import { percent, thousands } from "../../numbers.js";
import { matchModel } from "../../runs/recognize-model.js";
import { validationCount } from "../../runs/record-codec.js";
import { recordTraining } from "../../runs/record-training.node.js";
import { checkNoReproduction } from "../../runs/reproduction.node.js";
import { isRun, type Run, readModel, readRecord } from "../../runs/run-folder.node.js";
import { heldOutOf, sectionsOf } from "../../runs/run-spec.js";
import { shellWord } from "../../shell-word.js";
import { trainingDefaults } from "../../train/defaults.js";
import { earlyStopText } from "../../train/early-stop.js";
import type { EpochMetrics, TestResult } from "../../train/metrics.js";
import type { RecipeOptions } from "../../train/recipe.js";
import { chosenData, type DataArguments, type DataChoice } from "../data-options.js";
import { engineLine } from "../engine-line.js";
import { exitCodes } from "../exit-codes.js";
import { faultLines, leftOutLines } from "../fault-lines.js";
import { recipeFrom } from "../given-recipe.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { type FoundModel, readTrainable, trainableText } from "../model-source.js";
import { OutputPlace } from "../output-folder.js";
import type { RecipeArguments } from "../recipe-options.js";
import { allDone, ShownTrainings } from "../shown-trainings.js";
import { trainingDisplay } from "../terminal/choose-display.js";
import { note, print } from "../terminal/output.js";
import type { TrainingArguments } from "../training-options.js";
import { typedCommand } from "../typed-command.js";
import { findWeights } from "../weights-target.js";

const where = "fovea train";

/** The options of `fovea train` that were given. */
export interface TrainArguments extends RecipeArguments, DataArguments, TrainingArguments {
  readonly seed?: number;
  readonly threads?: number;
  readonly out?: string;
  readonly resume?: string;
  readonly tensorboard?: string;
  readonly from?: string;
  readonly map?: string;
  readonly entry?: string;
  readonly set?: readonly string[];
}

/** A training before its data is loaded. */
interface Plan {
  readonly model: ModelSource;
  /** Where a new run's model was defined, if that is a user's module. */
  readonly module?: FoundModel["module"];
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly recipe: RecipeOptions;
  readonly validation: number | undefined;
  readonly patience: number | undefined;
  readonly data: DataChoice;
  /** How images go in, where that is not as the data say: of an imported network, or of the run. */
  readonly normalisation?: PixelStatistics;
  /** The folder of the run that is resumed. */
  readonly resume?: string;
  /** Where a new run goes. */
  readonly output?: OutputPlace;
}

/** Trains one model. */
export async function runTrain(model: string | undefined, args: TrainArguments): Promise<void> {
  const plan =
    args.resume === undefined ? await planNew(model, args) : await planResume(model, args);
  const interruption = new Interruption();
  try {
    const { data: loaded, reason, notes } = await loadChosenData(plan.data, interruption);
    print(reason, ...notes);
    const data = { ...loaded, ...plan.normalisation };
    if (!sameNormalisation(loaded, data)) {
      note(
        `images: ${normalisationText(data)} as the network takes them, not ${normalisationText(loaded)}`,
      );
    }
    const initial = initialWeights(plan.model, data, args);
    const directory = plan.resume ?? plan.output!.folder(`${plan.model.name}-seed${plan.seed}`);
    const display = trainingDisplay([plan.model.name], process.stdout, process.env);
    const resumeCommand = typedCommand(`train --resume ${shellWord(directory)}`);
    let begun = false;
    const events = await eventsFor(args.tensorboard, directory);
    const { output: _output, normalisation: _normalisation, recipe, ...settings } = plan;
    const shown = new ShownTrainings(display, interruption, (engine) => {
      begun = true;
      interruption.resumeCommand = resumeCommand;
      print(engineLine(engine));
    });
    try {
      const run = await recordTraining({
        ...{ ...settings, ...recipe, data, directory },
        ...{ threads: args.threads, resume: plan.resume !== undefined },
        ...(initial && { initial }),
        ...withEvents(shown.callbacks(plan.model.name, plan.epochs), events),
        signal: interruption.signal,
      });
      shown.end(plan.model.name);
      events?.end();
      for (const line of [...faultLines(run), ...leftOutLines(run)]) display.note(line);
      if (!begun && !endedEarly(run)) print(allDone(run.metrics.length));
      reportEnd(run, resumeCommand);
    } catch (error) {
      display.close();
      // Somebody may have removed the folder meanwhile.
      if (begun && isRun(directory)) print("resume with:", `  ${resumeCommand}`);
      throw error;
    }
    display.close();
  } finally {
    interruption.close();
    plan.output?.removeUnused();
  }
}

/** The weights of `--from` that are the model's. */
function initialWeights(
  model: ModelSource,
  data: Dataset,
  { from, map, entry }: TrainArguments,
): NamedTensors | undefined {
  if (from === undefined) {
    if (map !== undefined) throw new InputError(where, "--map only with --from", "it alone");
    if (entry !== undefined) throw new InputError(where, "--entry only with --from", "it alone");
    return undefined;
  }
  const { file, tensors } = findWeights(where, from, false, entry, map);
  return matchModel(file, tensors, modelFor(where, model, data)).parameters;
}

/** What `--tensorboard` asks for, which begins with the training. */
interface TrainingEvents {
  begin(): void;
  add(metrics: EpochMetrics): void;
  end(): void;
}

async function eventsFor(
  directory: string | undefined,
  run: string,
): Promise<TrainingEvents | undefined> {
  if (directory === undefined) return undefined;
  const { GrowingEventFile } = await import("../../report/write-tensorboard.node.js");
  let file: InstanceType<typeof GrowingEventFile> | undefined;
  const begin = () => {
    file ??= new GrowingEventFile(run, directory);
  };
  return {
    begin,
    add: (metrics) => file?.add(metrics),
    end() {
      // All epochs were done before.
      begin();
      file?.end();
    },
  };
}

function withEvents(
  callbacks: ReturnType<ShownTrainings["callbacks"]>,
  events: TrainingEvents | undefined,
): ReturnType<ShownTrainings["callbacks"]> {
  if (events === undefined) return callbacks;
  return {
    ...callbacks,
    onStart: (...given) => {
      callbacks.onStart(...given);
      events.begin();
    },
    onEpoch: (metrics) => {
      callbacks.onEpoch(metrics);
      events.add(metrics);
    },
  };
}

async function planNew(model: string | undefined, args: TrainArguments): Promise<Plan> {
  if (model === undefined) {
    throw new InputError(where, trainableText, "none");
  }
  const found = await readTrainable(where, model, args.set);
  return {
    output: new OutputPlace(where, args.out),
    ...found,
    epochs: args.epochs ?? trainingDefaults.epochs,
    seed: args.seed ?? trainingDefaults.seed,
    batchSize: args.batchSize ?? trainingDefaults.batchSize,
    learningRate: args.learningRate ?? trainingDefaults.learningRate,
    recipe: recipeFrom(where, args),
    validation: args.validation,
    patience: args.patience,
    data: chosenData(where, args, undefined),
  };
}

/** The recorded settings; what was asked for again is compared with them before training. */
async function planResume(model: string | undefined, args: TrainArguments): Promise<Plan> {
  const resume = args.resume!;
  if (args.out !== undefined) throw new InputError(where, "either --out or --resume", "both");
  checkNoReproduction(
    resume,
    (run) => `${run}, or ${typedCommand(`reproduce --resume ${shellWord(resume)}`)}`,
  );
  if (model === undefined && args.set !== undefined) {
    throw new InputError(where, "--set only with MODEL", "--set with --resume alone");
  }
  const record = readRecord(resume);
  const { seed, recipe: recorded } = record.spec;
  return {
    model:
      model === undefined ? readModel(resume) : (await readTrainable(where, model, args.set)).model,
    epochs: args.epochs ?? recorded.epochs,
    seed: args.seed ?? seed,
    batchSize: args.batchSize ?? recorded.batchSize,
    learningRate: args.learningRate ?? recorded.learningRate,
    recipe: recipeFrom(where, args, sectionsOf(record.spec)),
    validation: args.validation ?? heldOutOf(record.spec),
    patience: args.patience ?? recorded.patience,
    data: chosenData(where, args, record.data),
    normalisation: { mean: record.data.mean, std: record.data.std },
    resume,
  };
}

/** Whether patience ended a training before its last epoch. */
function endedEarly({ record, metrics }: Pick<Run, "record" | "metrics">): boolean {
  return record.state === "done" && metrics.length < record.spec.recipe.epochs;
}

function testText({ epoch, correct, total, accuracy, loss }: TestResult, images: number): string {
  const counts = `${thousands(correct)} of ${thousands(total)} correct (${percent(accuracy)} %)`;
  return `test images: ${counts}, loss ${loss.toFixed(4)}, by the weights of epoch ${epoch}, the best on ${thousands(images)} validation images`;
}

function reportEnd({ directory, record, metrics }: Run, resumeCommand: string): void {
  print(`run: ${directory}`);
  const { patience } = record.spec.recipe;
  if (patience !== undefined && endedEarly({ record, metrics })) {
    print(earlyStopText(metrics, patience));
  }
  if (record.test) print(testText(record.test, validationCount(record)));
  if (record.state === "done") return;
  print(`stopped after epoch ${metrics.length} of ${record.spec.recipe.epochs}; resume with:`);
  print(`  ${resumeCommand}`);
  process.exitCode = exitCodes.interrupted;
}
