import { checkOptions, checkWhole } from "../arguments.js";
import type { Dataset } from "../data/dataset.js";
import { graphHash } from "../graph/graph-codec.js";
import { type Model, type ModelSource, modelFor } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import type { EpochMetrics, TrainProgress } from "../train/metrics.js";
import { type RecipeOptions, recipeNames, recipeSections } from "../train/recipe.js";
import type { EngineInfo } from "../train/train-options.js";
import { heldOutCount } from "../train/validation.js";
import type { ModelModule } from "./record-codec.js";
import { mostEpochs } from "./run-spec.js";
import type { Checkpoint } from "./weights-codec.js";

/** What {@link recordTraining} takes. */
export interface RecordTrainingOptions extends RecipeOptions {
  /** The run folder; created where it is not there. */
  readonly directory: string;
  readonly model: ModelSource;
  /** Where the model was defined: a file, and the SHA-256 of its bytes. For people; nothing depends on it. */
  readonly module?: ModelModule;
  readonly data: Dataset;
  readonly epochs: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** As in `train`. */
  readonly validation?: number;
  readonly patience?: number;
  /** As in `train`. To resume a run it is needed only where the run has not finished an epoch. */
  readonly initial?: NamedTensors;
  /** Worker threads; the trainer's default where undefined. */
  readonly threads?: number;
  /** Resume the run in `directory`. Otherwise a folder that holds a run is refused. */
  readonly resume?: boolean;
  /** When it aborts, the current epoch is finished and kept. */
  readonly signal?: AbortSignal;
  /**
   * Asked after each epoch, and before the first step of a run that has epochs already: where it says true, the run is
   * stopped there, as by `signal`.
   */
  readonly stopAfter?: (metrics: readonly EpochMetrics[]) => boolean | Promise<boolean>;
  /** Called once before the first step, with the epochs that the run has already. */
  readonly onStart?: (engine: EngineInfo, epochsDone: number) => void;
  /** Called about 20 times per second. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Called with a line for people where a damaged file was repaired, or the learning rate seems wrong. */
  readonly onNote?: (line: string) => void;
  /** Called after each epoch, when its files are written. */
  readonly onEpoch?: (metrics: EpochMetrics) => void;
}

/** Options whose model is built for the data, and whose recipe is checked. */
export interface Recording extends RecordTrainingOptions {
  readonly model: Model;
  /** The sections of the recipe as the run records them. */
  readonly sections: RecipeOptions;
  /** Training images that are held out. */
  readonly heldOut: number | undefined;
}

const OPTIONS = [
  "directory",
  "model",
  "module",
  "data",
  "epochs",
  "seed",
  "batchSize",
  "learningRate",
  ...recipeNames,
  "validation",
  "patience",
  "initial",
  "threads",
  "resume",
  "signal",
  "stopAfter",
  "onStart",
  "onProgress",
  "onNote",
  "onEpoch",
] satisfies (keyof RecordTrainingOptions)[];

/**
 * The options with their model built.
 *
 * @throws InputError where an option is unknown, there are more epochs than a run can have, or the recipe is wrong
 */
export function recordingOf(options: RecordTrainingOptions): Recording {
  checkOptions("recordTraining", options, OPTIONS);
  checkWhole("recordTraining", "epochs", options.epochs, 1, mostEpochs);
  const model = modelFor("recordTraining", options.model, options.data);
  if (options.patience !== undefined) checkWhole("recordTraining", "patience", options.patience, 1);
  const heldOut = heldOutCount("recordTraining", options.data, options.validation);
  return { ...options, model, sections: recipeSections("recordTraining", options), heldOut };
}

/** The hash of the model's graph. */
export function hashOf({ model }: Pick<Recording, "model">): string {
  return graphHash(model.graph);
}

/** What the metadata of a run's weights and state say. */
export function checkpointOf(
  { model, seed, data }: Pick<Recording, "model" | "seed" | "data">,
  epoch: number,
): Checkpoint {
  return { model: model.name, epoch, seed, data: data.digest };
}
