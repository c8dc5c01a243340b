import { checkOptions, checkSeed, checkWhole, shown } from "../arguments.js";
import { checkDataset } from "../data/check-dataset.js";
import type { Dataset } from "../data/dataset.js";
import type { KernelBuild } from "../engine/build.js";
import { isPositive32 } from "../engine/check-engine-options.js";
import { Engine } from "../engine/engine.js";
import { InputError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import { type ModelSource, modelFor } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { withLoss } from "../graph/with-loss.js";
import { trainingDefaults } from "./defaults.js";
import { evaluateSet } from "./evaluate.js";
import { initialize } from "./initialize.js";
import type { EpochMetrics, TrainProgress } from "./metrics.js";
import { runPaced } from "./paced-steps.js";
import { type Recipe, type RecipeOptions, recipeNames, recipeOf } from "./recipe.js";
import { scheduledStep, stateAfter } from "./schedules/scheduled-steps.js";
import { shuffle } from "./shuffle.js";
import {
  checkState,
  firstPlateau,
  restore,
  stateOf,
  type TrainingState,
} from "./training-state.js";

/** The engine that trained. Two runs have equal bits only if their `build` is the same. */
export interface EngineInfo {
  readonly build: KernelBuild;
  readonly threads: number;
  /** Parts that each batch is split into. Their number is fixed, so the result does not depend on `threads`. */
  readonly shards: number;
}

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
  /** Includes the calling thread. Default: the processor's cores, at most 8; 1 in web pages that cannot use more. */
  readonly threads?: number;
  /**
   * Resume after this epoch with what `onEpoch` got. The result has the same bits as without a stop. The parameters
   * are not read where there is a state.
   */
  readonly resume?: {
    readonly epoch: number;
    readonly parameters: NamedTensors;
    readonly state?: TrainingState;
  };
  /** When it aborts, training ends after the current epoch. */
  readonly signal?: AbortSignal;
  /** Called once, before the first step. */
  readonly onStart?: (engine: EngineInfo) => void | Promise<void>;
  /** Called about 20 times per second. */
  readonly onProgress?: (progress: TrainProgress) => void;
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

export interface TrainResult {
  readonly engine: EngineInfo;
  /** The epochs that this call ran. */
  readonly epochs: readonly EpochMetrics[];
  /** True where `signal` ended training before the last epoch. */
  readonly stopped: boolean;
  /** Parameters after the last epoch; their moving averages where the recipe has `ema`. */
  readonly parameters: NamedTensors;
  /** What else is needed to resume; absent where that is nothing. */
  readonly state?: TrainingState;
}

/**
 * Trains a model. By default by plain stochastic gradient descent, `w ← w − learningRate · ∂L/∂w`, where L is the mean
 * negative log-likelihood of a minibatch; `optimizer`, `schedule`, `groups`, `clip`, `ema` and `loss` change that, with
 * PyTorch's definitions and defaults. Images are shuffled for each epoch. After each epoch the model is validated on
 * the test images, by its negative log-likelihood.
 *
 * The result depends on nothing but model, data, epochs, seed, batch size, recipe and the kernels' build. Threads, pauses and resuming do not change a bit.
 *
 * @throws InputError where an option is invalid
 * @example
 * const { data } = await loadData("auto");
 * const { epochs } = await train({ model: models.stn, data, epochs: 5, seed: 0 });
 *
 * await train({
 *   ...{ model: models.stn, data, learningRate: 1e-3 },
 *   optimizer: { kind: "adamw", weightDecay: 0.05 },
 *   schedule: { kind: "cosine", warmup: { epochs: 1 } },
 *   groups: [{ match: "*.bias", weightDecay: 0 }],
 *   clip: { norm: 1 },
 *   ema: { decay: 0.99 },
 *   loss: { kind: "crossEntropy", labelSmoothing: 0.1 },
 * });
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  checkOptions("train", options, OPTIONS);
  checkDataset("train", options.data);
  const settings = settingsOf(options);
  const { recipe } = settings;
  checkResume(options.resume, settings);
  checkCallbacks(options);
  const { graph } = modelFor("train", options.model, options.data);
  const engine = await trainingEngine(graph, options.data, settings);
  try {
    const { resume } = options;
    if (resume?.state !== undefined) restore(engine, resume.state);
    else engine.setParameters(resume?.parameters ?? initialize(graph, settings.seed));
    let plateau = firstPlateau(recipe, settings.learningRate, resume?.state);
    const { build, threads, shards } = engine;
    await options.onStart?.({ build, threads, shards });
    const epochs: EpochMetrics[] = [];
    const first = (resume?.epoch ?? 0) + 1;
    const evaluated = () => (recipe.ema === undefined ? engine.parameters() : engine.averages());
    let stopped = false;
    for (let epoch = first; epoch <= settings.epochs && !stopped; epoch++) {
      const metrics = await runEpoch(engine, options, settings, epoch, plateau?.learningRate);
      plateau = stateAfter(recipe.schedule, plateau, metrics);
      epochs.push(metrics);
      await options.onEpoch?.(metrics, evaluated(), stateOf(engine, recipe, plateau));
      stopped = options.signal?.aborted === true && epoch < settings.epochs;
    }
    const state = stateOf(engine, recipe, plateau);
    return {
      engine: { build, threads, shards },
      ...{ epochs, stopped, parameters: evaluated() },
      ...(state && { state }),
    };
  } finally {
    engine.close();
  }
}

const OPTIONS = [
  "model",
  "data",
  "epochs",
  "seed",
  "batchSize",
  "learningRate",
  ...recipeNames,
  "threads",
  "resume",
  "signal",
  "onStart",
  "onProgress",
  "onEpoch",
] satisfies (keyof TrainOptions)[];

/** The options that decide what is computed, checked and with defaults filled in. */
interface Settings {
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly recipe: Recipe;
  readonly threads?: number;
}

function settingsOf(options: TrainOptions): Settings {
  const { epochs = trainingDefaults.epochs, seed = trainingDefaults.seed, threads } = options;
  const { batchSize = trainingDefaults.batchSize, learningRate = trainingDefaults.learningRate } =
    options;
  checkWhole("train", "epochs", epochs, 1);
  checkSeed("train", "seed", seed);
  if (!(Number.isFinite(learningRate) && learningRate > 0)) {
    throw new InputError("train", "learningRate to be a number above 0", shown(learningRate));
  }
  // The engine takes it as float32: what becomes 0 or infinite there trains nothing.
  if (!isPositive32(learningRate)) {
    throw new InputError("train", "learningRate to be 1.5e-45 to 3.4e38", shown(learningRate));
  }
  const recipe = recipeOf("train", options);
  return { epochs, seed, batchSize, learningRate, recipe, threads };
}

function checkResume(resume: TrainOptions["resume"], { epochs, recipe }: Settings): void {
  if (resume === undefined) return;
  checkOptions("train: resume", resume, ["epoch", "parameters", "state"]);
  checkWhole("train", "resume.epoch", resume.epoch, 0, epochs);
  if (!(resume.parameters instanceof Map)) {
    throw new InputError("train", "resume.parameters by name in a Map", shown(resume.parameters));
  }
  checkState(recipe, resume.epoch, resume.state);
}

function checkCallbacks({ onStart, onProgress, onEpoch, signal }: TrainOptions): void {
  for (const [name, callback] of Object.entries({ onStart, onProgress, onEpoch })) {
    if (callback === undefined || typeof callback === "function") continue;
    throw new InputError("train", `${name} to be a function`, shown(callback));
  }
  if (signal !== undefined && typeof Object(signal).aborted !== "boolean") {
    throw new InputError("train", "signal to be an AbortSignal", shown(signal));
  }
}

type TrainingEngine = Engine<"train" | "evaluate", "train" | "test">;

function trainingEngine(
  graph: Graph,
  data: Dataset,
  { recipe, batchSize, threads }: Settings,
): Promise<TrainingEngine> {
  const { optimizer, groups, clip, ema, loss } = recipe;
  return Engine.create({
    plans: {
      train: { graph: withLoss(graph, loss), training: true, objective: "loss", update: true },
      evaluate: {
        ...{ graph, training: false, objective: "score", update: false },
        averaged: ema !== undefined,
      },
    },
    update: { optimizer, groups, clip, ema },
    sets: { train: data.train, test: data.test },
    batchSize,
    threads,
    mean: data.mean,
    std: data.std,
  });
}

async function runEpoch(
  engine: TrainingEngine,
  options: TrainOptions,
  settings: Settings,
  epoch: number,
  plateauRate: number | undefined,
): Promise<EpochMetrics> {
  const { data, onProgress } = options;
  const { seed, epochs } = settings;
  const started = performance.now();
  const steps = engine.steps("train");
  shuffle(engine.order("train"), seed, epoch);
  const stepBase = (epoch - 1) * steps;
  const losses = engine.stepLosses("train");
  const { rates, momenta } = scheduledEpoch(settings, epoch, steps, plateauRate);
  const progress = { epoch, epochs, trainLoss: 0, imagesPerSecond: 0 };
  let lossSum = 0;
  let summed = 0;
  await runPaced(
    steps,
    (from, to) => {
      engine.run({
        ...{ plan: "train", set: "train", from, to, seed, stepBase },
        learningRate: rates.subarray(from, to),
        ...(momenta && { momentum: momenta.subarray(from, to) }),
      });
    },
    (stepsDone) => {
      for (; summed < stepsDone; summed++) lossSum += losses[summed]!;
      const done = Math.min(stepsDone * engine.batchSize, data.train.count);
      progress.trainLoss = lossSum / done;
      progress.imagesPerSecond = (done * 1000) / (performance.now() - started);
      onProgress?.({ ...progress, phase: "train", done, total: data.train.count });
    },
  );
  const { correct, total, accuracy, loss } = await evaluateSet(engine, data.test, (done) =>
    onProgress?.({ ...progress, phase: "validate", done, total: data.test.count }),
  );
  return {
    epoch,
    trainLoss: progress.trainLoss,
    validationLoss: loss,
    validationCorrect: correct,
    validationTotal: total,
    validationAccuracy: accuracy,
    seconds: (performance.now() - started) / 1000,
    imagesPerSecond: progress.imagesPerSecond,
    learningRate: rates.at(-1)!,
  };
}

/** Learning rate and momentum of each step of an epoch; no momenta where the schedule leaves them alone. */
function scheduledEpoch(
  { recipe, learningRate, epochs }: Settings,
  epoch: number,
  stepsPerEpoch: number,
  plateauRate: number | undefined,
): { readonly rates: Float64Array; readonly momenta?: Float64Array } {
  const moments = Array.from({ length: stepsPerEpoch }, (_, index) => ({
    step: (epoch - 1) * stepsPerEpoch + index,
    steps: epochs * stepsPerEpoch,
    stepsPerEpoch,
  }));
  const rate = plateauRate ?? learningRate;
  const scheduled = moments.map((moment) => scheduledStep(recipe.schedule, rate, moment));
  const rates = Float64Array.from(scheduled, (step) => step.learningRate);
  if (scheduled[0]?.momentum === undefined) return { rates };
  return { rates, momenta: Float64Array.from(scheduled, ({ momentum = 0 }) => momentum) };
}
