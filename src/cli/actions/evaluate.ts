import type { Dataset } from "../../data/dataset.js";
import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { sizeOf } from "../../graph/graph.js";
import type { ModelName } from "../../models/index.js";
import type { UnusedTensor } from "../../runs/recognize-model.js";
import { readRun } from "../../runs/run-folder.node.js";
import { trainingDefaults } from "../../train/defaults.js";
import { evaluate } from "../../train/evaluate.js";
import { classOrder, shuffledOrder } from "../../train/image-order.js";
import type { EpochMetrics } from "../../train/metrics.js";
import { checkSameData } from "../check-same-data.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { recognizeWeights } from "../recognized-weights.js";
import { recordedData } from "../recorded-data.js";
import { findWeights, type WeightsTarget } from "../weights-target.js";

const where = "fovea evaluate";

/** Orders of the test images. */
export type ImageOrder = "file" | "class" | "shuffled";

/** The options of `fovea evaluate` that were given. */
export interface EvaluateArguments {
  readonly batchSize?: number;
  readonly data?: string;
  readonly model?: ModelName;
  readonly order?: ImageOrder;
  readonly seed?: number;
  readonly threads?: number;
  readonly last?: boolean;
  readonly json?: boolean;
}

/** Evaluates a run's weights, or a file's, on the test images. */
export async function runEvaluate(path: string, args: EvaluateArguments): Promise<void> {
  if (args.seed !== undefined && args.order !== "shuffled") {
    const got = args.order ? `--order ${args.order}` : "--seed alone";
    throw new InputError(where, "--seed only with --order shuffled", got);
  }
  const target = findWeights(where, path, args.last ?? false);
  const { file, tensors: found, weights, record, model: recorded } = target;
  const interruption = new Interruption();
  try {
    const choice = args.data ?? (record ? recordedData(record.data) : "auto");
    const { data, reason } = await loadChosenData(choice, interruption);
    // Another data set is fine when it is asked for.
    if (args.data === undefined)
      checkSameData(path, record?.data ?? { digest: found.metadata.data }, data);
    if (!args.json) console.log(reason);
    const hints = { named: args.model, recorded };
    const { model, parameters, unused } = recognizeWeights(file, found, data, hints);
    const batchSize = args.batchSize ?? record?.spec.recipe.batchSize ?? trainingDefaults.batchSize;
    const { order = "file", seed = 0 } = args;
    const result = await evaluate({
      model,
      data,
      parameters,
      batchSize,
      order: imageOrder(order, data.test.labels, seed),
      threads: args.threads,
    });
    const { name, digest } = data;
    const images = order === "shuffled" ? { order, seed } : { order };
    const entry = found.entry === undefined ? {} : { entry: found.entry };
    const settings = { data: { name, digest }, batchSize, ...images, weights, ...entry };
    const comparable = batchSize === record?.spec.recipe.batchSize && order === "file";
    const before = comparable ? recordedEpoch(path, target, data) : undefined;
    const known = before && {
      recorded: { epoch: before.epoch, correct: before.validationCorrect },
    };
    print({ model: model.name, ...result, ...settings, unused, ...known }, args.json ?? false);
  } finally {
    interruption.close();
  }
}

/** What the run noted of the epoch that weights are from; undefined where it was trained on other data. */
function recordedEpoch(
  path: string,
  { record, epoch }: WeightsTarget,
  data: Dataset,
): EpochMetrics | undefined {
  const { digest, mean, std } = record!.data;
  const same = digest === data.digest && mean === data.mean && std === data.std;
  return same ? readRun(path).metrics[epoch! - 1] : undefined;
}

/** The order as indices; undefined where the images stay as they stand. */
function imageOrder(order: ImageOrder, labels: Uint8Array, seed: number): Uint32Array | undefined {
  if (order === "class") return classOrder(labels);
  return order === "shuffled" ? shuffledOrder(labels.length, seed) : undefined;
}

/** What `--json` prints. */
interface Result {
  readonly model: string;
  readonly correct: number;
  readonly total: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly data: { readonly name: string; readonly digest: string };
  readonly batchSize: number;
  readonly order: ImageOrder;
  /** Of a shuffled order. */
  readonly seed?: number;
  readonly weights: string;
  /** Of a PyTorch file that the weights are a part of. */
  readonly entry?: string;
  readonly unused: readonly UnusedTensor[];
  /** Of a run's weights: what it counted after the epoch that they are from, on the same images. */
  readonly recorded?: { readonly epoch: number; readonly correct: number };
}

function print(result: Result, json: boolean): void {
  const { recorded } = result;
  if (recorded && recorded.correct !== result.correct) {
    const counted = `${recorded.correct.toLocaleString("en-US")} correct after epoch ${recorded.epoch}`;
    process.stderr.write(
      `warning: the run noted ${counted}: its weights or metrics were changed, or this engine rounds differently\n`,
    );
  }
  if (json) {
    console.log(JSON.stringify(result));
    return;
  }
  const { model, correct, total, accuracy, loss, entry, unused } = result;
  const percent = (accuracy * 100).toFixed(2);
  const counts = `${correct.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`;
  console.log(`${model}: ${counts} correct (${percent} %), loss ${loss.toFixed(4)}`);
  if (entry !== undefined) console.log(`weights: entry ${excerpt(entry)} of ${result.weights}`);
  if (unused.length > 0) console.log(`unused: ${describeUnused(unused)}`);
}

function describeUnused(unused: readonly UnusedTensor[]): string {
  const values = unused.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const names = unused.slice(0, 3).map(({ name }) => name);
  if (unused.length > names.length) names.push("…");
  const tensors = unused.length === 1 ? "1 tensor" : `${unused.length} tensors`;
  return `${values.toLocaleString("en-US")} values in ${tensors} (${names.join(", ")})`;
}
