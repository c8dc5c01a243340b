import type { Dataset, ImageSet } from "../../data/dataset.js";
import type { NamedTensors } from "../../graph/tensors.js";
import { type ModelName, models } from "../../models/index.js";
import { evaluate } from "../../train/evaluate.js";
import { classOrder, shuffledOrder } from "../../train/image-order.js";

/** The order in which test images are classified, and the batch size. */
export interface EvaluationSetting {
  /** The network that the weights are evaluated as. */
  readonly model: ModelName;
  readonly batchSize: number;
  /** `file`: as in the test set; `class`: sorted by label; `shuffled`: by `seed`. */
  readonly order: "file" | "class" | "shuffled";
  readonly seed?: number;
}

/** A checkpoint's result on the test images in one setting. */
export interface CheckpointEvaluation extends EvaluationSetting {
  readonly correct: number;
  readonly total: number;
  /** Mean negative log-likelihood, nats. */
  readonly loss: number;
}

/** One of the study's checkpoints, with its results. */
export interface CheckpointRecord {
  /** The file's name. */
  readonly file: string;
  /** The network that it was trained as. */
  readonly model: ModelName;
  /** Values that the network uses. */
  readonly parameters: number;
  /** Values in the file that it does not. */
  readonly unused: number;
  readonly evaluations: readonly CheckpointEvaluation[];
}

/** The study's checkpoints: file name and network. */
export const publishedCheckpoints = [
  { file: "baseline_network.pt", model: "stn" },
  { file: "coordconv_network.pt", model: "coordconv-stn" },
  { file: "vit_network.pt", model: "mha-batch" },
] as const satisfies readonly { readonly file: string; readonly model: ModelName }[];

/**
 * The settings in which a checkpoint is evaluated: as the study did, and image by image. The network that
 * attends over the batch is also evaluated in other batch sizes and orders, and with attention over
 * positions instead.
 */
export function evaluationSettings(model: ModelName): EvaluationSetting[] {
  const common: EvaluationSetting[] = [
    { model, batchSize: 64, order: "file" },
    { model, batchSize: 1, order: "file" },
  ];
  if (model !== "mha-batch") return common;
  return [
    ...common,
    { model, batchSize: 64, order: "class" },
    ...[0, 1, 2].map((seed) => ({ model, batchSize: 64, order: "shuffled", seed }) as const),
    { model: "mha", batchSize: 64, order: "file" },
  ];
}

/** Evaluates weights in one setting. */
export async function evaluateSetting(
  setting: EvaluationSetting,
  data: Dataset,
  parameters: NamedTensors,
): Promise<CheckpointEvaluation> {
  const { model, batchSize } = setting;
  const order = imageOrder(data.test, setting);
  const { correct, total, loss } = await evaluate({
    model: models[model],
    data,
    parameters,
    batchSize,
    order,
    // Threads divide the images of a batch among them, so a batch of one image needs no second thread.
    threads: batchSize === 1 ? 1 : undefined,
  });
  return { ...setting, correct, total, loss };
}

/** The evaluations in the study's setting: batches of 64 in the order of the file. */
export function fileOrder({ model, evaluations }: CheckpointRecord): CheckpointEvaluation[] {
  return evaluations.filter(
    (each) => each.model === model && each.batchSize === 64 && each.order === "file",
  );
}

/** An order in words. */
export function orderWords({ order, seed }: EvaluationSetting): string {
  if (order === "file") return "order of the file";
  return order === "class" ? "sorted by class" : `shuffled, seed ${seed}`;
}

/** Undefined where the images stay as they are. */
function imageOrder(
  test: ImageSet,
  { order, seed = 0 }: EvaluationSetting,
): Uint32Array | undefined {
  if (order === "file") return undefined;
  return order === "class" ? classOrder(test.labels) : shuffledOrder(test.count, seed);
}
