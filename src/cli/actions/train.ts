import { InputError } from "../../errors.js";
import type { ModelSource } from "../../graph/model.js";
import { modelNames } from "../../models/names.js";
import { percent, thousands } from "../../numbers.js";
import { validationCount } from "../../runs/record-codec.js";
import { recordTraining } from "../../runs/record-training.node.js";
import { checkNoReproduction } from "../../runs/reproduction.node.js";
import { isRun, type Run, readModel, readRecord } from "../../runs/run-folder.node.js";
import { heldOutOf, sectionsOf } from "../../runs/run-spec.js";
import { shellWord } from "../../shell-word.js";
import { trainingDefaults } from "../../train/defaults.js";
import { earlyStopText } from "../../train/early-stop.js";
import type { TestResult } from "../../train/metrics.js";
import type { RecipeOptions } from "../../train/recipe.js";
import { engineLine } from "../engine-line.js";
import { exitCodes } from "../exit-codes.js";
import { faultLines, leftOutLines } from "../fault-lines.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { type FoundDefinition, readDefinition } from "../model-source.js";
import { OutputPlace } from "../output-folder.js";
import { type RecipeArguments, recipeFrom } from "../recipe-options.js";
import { recordedData } from "../recorded-data.js";
import { allDone, ShownTrainings } from "../shown-trainings.js";
import { trainingDisplay } from "../terminal/choose-display.js";
import { print } from "../terminal/output.js";
import { typedCommand } from "../typed-command.js";

const where = "fovea train";

/** The options of `fovea train` that were given. */
export interface TrainArguments extends RecipeArguments {
  readonly epochs?: number;
  readonly seed?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly validation?: number;
  readonly patience?: number;
  readonly data?: string;
  readonly threads?: number;
  readonly out?: string;
  readonly resume?: string;
  readonly set?: readonly string[];
}

/** A training before its data is loaded. */
interface Plan {
  readonly model: ModelSource;
  /** Where a new run's model was defined, if that is a user's module. */
  readonly module?: FoundDefinition["module"];
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly recipe: RecipeOptions;
  readonly validation: number | undefined;
  readonly patience: number | undefined;
  readonly data: string;
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
    const { data, reason } = await loadChosenData(plan.data, interruption);
    print(reason);
    const directory = plan.resume ?? plan.output!.folder(`${plan.model.name}-seed${plan.seed}`);
    const display = trainingDisplay([plan.model.name], process.stdout, process.env);
    const resumeCommand = typedCommand(`train --resume ${shellWord(directory)}`);
    let begun = false;
    const shown = new ShownTrainings(display, interruption, (engine) => {
      begun = true;
      interruption.resumeCommand = resumeCommand;
      print(engineLine(engine));
    });
    try {
      const run = await recordTraining({
        ...{ ...plan, ...plan.recipe, data, directory },
        ...{ threads: args.threads, resume: plan.resume !== undefined },
        ...shown.callbacks(plan.model.name, plan.epochs),
        signal: interruption.signal,
      });
      shown.end(plan.model.name);
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

async function planNew(model: string | undefined, args: TrainArguments): Promise<Plan> {
  if (model === undefined) {
    const expected = `MODEL to be one of ${modelNames.join(", ")}, or a module`;
    throw new InputError(where, expected, "none");
  }
  const { definition, module } = await readDefinition(where, "MODEL", model, args.set);
  return {
    output: new OutputPlace(where, args.out),
    model: definition,
    ...(module && { module }),
    epochs: args.epochs ?? trainingDefaults.epochs,
    seed: args.seed ?? trainingDefaults.seed,
    batchSize: args.batchSize ?? trainingDefaults.batchSize,
    learningRate: args.learningRate ?? trainingDefaults.learningRate,
    recipe: recipeFrom(where, args),
    validation: args.validation,
    patience: args.patience,
    data: args.data ?? "auto",
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
      model === undefined
        ? readModel(resume)
        : (await readDefinition(where, "MODEL", model, args.set)).definition,
    epochs: args.epochs ?? recorded.epochs,
    seed: args.seed ?? seed,
    batchSize: args.batchSize ?? recorded.batchSize,
    learningRate: args.learningRate ?? recorded.learningRate,
    recipe: recipeFrom(where, args, sectionsOf(record.spec)),
    validation: args.validation ?? heldOutOf(record.spec),
    patience: args.patience ?? recorded.patience,
    data: args.data ?? recordedData(record.data),
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
