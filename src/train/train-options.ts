import { checkOptions, checkWhole, shown } from "../arguments.js";
import { checkDataset } from "../data/check-dataset.js";
import type { Dataset } from "../data/dataset.js";
import type { KernelBuild } from "../engine/build.js";
import { InputError } from "../errors.js";
import type { ModelSource } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { counted } from "../numbers.js";
import { checkTrainingNumbers } from "./check-training-numbers.js";
import { trainingDefaults } from "./defaults.js";
import type { LossWarning } from "./loss-watch.js";
import type { EpochMetrics, TestResult, TrainProgress } from "./metrics.js";
import { type Recipe, type RecipeOptions, recipeNames, recipeOf } from "./recipe.js";
import { checkState, type TrainingState } from "./training-state.js";
import { heldOutCount } from "./validation.js";

/** The engine that trained. Two runs have equal bits only if their `build` is the same. */
export interface EngineInfo {
  readonly build: KernelBuild;
  readonly threads: number;
  /** Parts that each batch is split into. Their number is fixed, so the result does not depend on `threads`. */
  readonly shards: number;
}

/** What {@link train} takes. */
export interface TrainOptions extends RecipeOptions {
  /** A model for the data's images, or a definition that is built for them. */
  readonly model: ModelSource;
  readonly data: Dataset;
  /** Passes over the training images. Default 5. */
  readonly epochs?: number;
  /** Determines initial values, shuffles and dropout masks: 0 .. 2³² − 1. Default 0. */
  readonly seed?: number;
  /** Images per step; the last step of an epoch takes the rest. Default 64. */
  readonly batchSize?: number;
  /** Default 0.01. A schedule changes it from step to step. */
  readonly learningRate?: number;
  /**
   * Training images that are held out, a number or a share of them below 1. Epochs are then validated on these, and the
   * best epoch, the `plateau` schedule and `patience` go by them; the test images are scored once, at the end. The seed
   * chooses them. Default: none; epochs are validated on the test images, so the best accuracy is optimistic.
   */
  readonly validation?: number;
  /** Ends the training after so many epochs in a row without a higher validation accuracy. Default: never. */
  readonly patience?: number;
  /** Includes the calling thread. Default: the processor's cores, at most 8; 1 in web pages that cannot use more. */
  readonly threads?: number;
  /** Weights to begin with, such as those of another training. Default: the seed's initial values. */
  readonly initial?: NamedTensors;
  /**
   * Resume after this epoch with what `onEpoch` got. The result has the same bits as without a stop. The parameters
   * are not read where there is a state.
   */
  readonly resume?: ResumeOptions;
  /** When it aborts, training ends after the current epoch. */
  readonly signal?: AbortSignal;
  /** Called once, before the first step. */
  readonly onStart?: (engine: EngineInfo) => void | Promise<void>;
  /** Called about 20 times per second. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Called once where the loss says that the learning rate is too low or too high; see `LossWarning`. */
  readonly onWarning?: (warning: LossWarning) => void;
  /**
   * Called after each epoch's validation with a copy of the parameters that were validated, their moving averages where
   * the recipe has `ema`, and of what else is needed to resume, undefined where that is nothing; awaited.
   */
  readonly onEpoch?: (
    metrics: EpochMetrics,
    parameters: NamedTensors,
    state?: TrainingState,
  ) => void | Promise<void>;
}

/** What an earlier call gave. */
export interface ResumeOptions {
  readonly epoch: number;
  readonly parameters: NamedTensors;
  readonly state?: TrainingState;
  /** The metrics of all epochs before; required with `validation` and `patience`. */
  readonly history?: readonly EpochMetrics[];
  /** `best.parameters` of the result, required with `validation`. */
  readonly best?: NamedTensors;
}

/** What {@link train} returns. */
export interface TrainResult {
  readonly engine: EngineInfo;
  /** The epochs that this call ran. */
  readonly epochs: readonly EpochMetrics[];
  /** True where `signal` ended training before the last epoch. */
  readonly stopped: boolean;
  /** True where `patience` ended it. */
  readonly endedEarly: boolean;
  /** Parameters after the last epoch; their moving averages where the recipe has `ema`. */
  readonly parameters: NamedTensors;
  /** What else is needed to resume; absent where that is nothing. */
  readonly state?: TrainingState;
  /** With `validation`: the epoch with the lowest validation loss so far, and what `parameters` are after it. */
  readonly best?: { readonly epoch: number; readonly parameters: NamedTensors };
  /** Where the loss said that the learning rate is too low or too high. */
  readonly warning?: LossWarning;
  /** With `validation`, where training was not stopped: the result of `best` on the test images. */
  readonly test?: TestResult;
}

const OPTIONS = [
  "model",
  "data",
  "epochs",
  "seed",
  "batchSize",
  "learningRate",
  ...recipeNames,
  "validation",
  "patience",
  "threads",
  "initial",
  "resume",
  "signal",
  "onStart",
  "onProgress",
  "onWarning",
  "onEpoch",
] satisfies (keyof TrainOptions)[];

/** The options that decide what is computed, checked and with defaults filled in. */
export interface Settings {
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly recipe: Recipe;
  /** Training images that are held out. */
  readonly heldOut: number | undefined;
  readonly patience: number | undefined;
  readonly threads: number | undefined;
}

/**
 * The settings of a training.
 *
 * @param where what errors name
 * @throws InputError naming the first option that is wrong
 */
export function settingsOf(where: string, options: TrainOptions): Settings {
  checkOptions(where, options, OPTIONS);
  checkDataset(where, options.data);
  const settings = checkedSettings(where, options);
  checkInitial(options);
  checkResume(options, settings);
  checkCallbacks(options);
  return settings;
}

function checkedSettings(where: string, options: TrainOptions): Settings {
  const { epochs = trainingDefaults.epochs, seed = trainingDefaults.seed, threads } = options;
  const { batchSize = trainingDefaults.batchSize, learningRate = trainingDefaults.learningRate } =
    options;
  const { patience, validation } = options;
  checkTrainingNumbers(where, { epochs, seed, learningRate, patience });
  const heldOut = heldOutCount(where, options.data, validation);
  const recipe = recipeOf(where, options);
  return { epochs, seed, batchSize, learningRate, recipe, heldOut, patience, threads };
}

function checkInitial({ initial }: TrainOptions): void {
  if (initial === undefined || initial instanceof Map) return;
  throw new InputError("train", "initial, weights by name in a Map", shown(initial));
}

function checkResume({ resume }: TrainOptions, settings: Settings): void {
  if (resume === undefined) return;
  const { epochs, recipe } = settings;
  checkOptions("train: resume", resume, ["epoch", "parameters", "state", "history", "best"]);
  checkWhole("train", "resume.epoch", resume.epoch, 0, epochs);
  if (!(resume.parameters instanceof Map)) {
    throw new InputError("train", "resume.parameters by name in a Map", shown(resume.parameters));
  }
  checkState(recipe, resume.epoch, resume.state);
  checkHistory(resume, settings);
}

/** What was best so far, and how long ago, decides how a training ends. */
function checkHistory({ epoch, history }: ResumeOptions, settings: Settings): void {
  const isNeeded = settings.heldOut !== undefined || settings.patience !== undefined;
  if (history === undefined ? !isNeeded || epoch === 0 : history.length === epoch) return;
  const expected = `resume.history of ${counted(epoch, "epoch")}`;
  throw new InputError("train", expected, shown(history));
}

function checkCallbacks({ onStart, onProgress, onWarning, onEpoch, signal }: TrainOptions): void {
  for (const [name, callback] of Object.entries({ onStart, onProgress, onWarning, onEpoch })) {
    if (callback === undefined || typeof callback === "function") continue;
    throw new InputError("train", `${name} to be a function`, shown(callback));
  }
  if (signal !== undefined && typeof Object(signal).aborted !== "boolean") {
    throw new InputError("train", "signal to be an AbortSignal", shown(signal));
  }
}
