import { type BrokenTensor, brokenTensors, describeBroken } from "../../audit/finite.js";
import type { Dataset } from "../../data/dataset.js";
import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { isFolder } from "../../files/folders.node.js";
import { sizeOf } from "../../graph/graph.js";
import { jsonText } from "../../json-text.js";
import { thousands } from "../../numbers.js";
import type { UnusedTensor } from "../../runs/recognize-model.js";
import { readRun } from "../../runs/run-folder.node.js";
import { heldOutOf } from "../../runs/run-spec.js";
import { trainingDefaults } from "../../train/defaults.js";
import { evaluate } from "../../train/evaluate.js";
import { classOrder, shuffledOrder } from "../../train/image-order.js";
import { givenPreprocessing, type Preprocessing } from "../../train/preprocessing.js";
import { checkSameData } from "../check-same-data.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { readDefinition } from "../model-source.js";
import { checkPreprocessing, describePreprocessing } from "../preprocessing-options.js";
import { recognizeWeights } from "../recognized-weights.js";
import { recordedData } from "../recorded-data.js";
import { note, print } from "../terminal/output.js";
import { findWeights, type WeightsTarget } from "../weights-target.js";

const where = "fovea evaluate";

/** Orders of the test images. */
export type ImageOrder = "file" | "class" | "shuffled";

/** The options of `fovea evaluate` that were given. */
export interface EvaluateArguments extends Preprocessing {
  readonly batchSize?: number;
  readonly data?: string;
  readonly model?: string;
  readonly order?: ImageOrder;
  readonly seed?: number;
  readonly threads?: number;
  readonly last?: boolean;
  readonly json?: boolean;
  readonly entry?: string;
}

/** Evaluates a run's weights, or a file's, on the test images. */
export async function runEvaluate(path: string, args: EvaluateArguments): Promise<void> {
  if (args.seed !== undefined && args.order !== "shuffled") {
    const got = args.order ? `--order ${args.order}` : "--seed alone";
    throw new InputError(where, "--seed only with --order shuffled", got);
  }
  checkPreprocessing(where, args, { path, isFile: !isFolder(path) });
  const target = findWeights(where, path, args.last ?? false, args.entry);
  const { file, tensors: found, weights, record, model: recorded } = target;
  const named = args.model && (await readDefinition(where, "--model", args.model)).definition;
  const interruption = new Interruption();
  try {
    const choice = args.data ?? (record ? recordedData(record.data) : "auto");
    const { data, reason } = await loadChosenData(choice, interruption);
    // Another data set is fine when it is asked for.
    if (args.data === undefined)
      checkSameData(path, record?.data ?? { digest: found.checkpoint?.data }, data);
    if (!args.json) print(reason);
    const hints = { ...(named && { named }), recorded };
    const { model, parameters, unused, prefix } = recognizeWeights(file, found, data, hints);
    const batchSize = args.batchSize ?? record?.spec.recipe.batchSize ?? trainingDefaults.batchSize;
    const { order = "file", seed = 0 } = args;
    const result = await evaluate({
      model,
      data,
      parameters,
      batchSize,
      order: imageOrder(order, data.test.labels, seed),
      threads: args.threads,
      mean: args.mean,
      std: args.std,
      alignCorners: args.alignCorners,
    });
    const { name, digest } = data;
    const images = order === "shuffled" ? { order, seed } : { order };
    const settings = { data: { name, digest }, batchSize, ...images, weights };
    const broken = brokenTensors(parameters);
    const remarks = {
      ...(found.entry !== undefined && { entry: found.entry }),
      ...(prefix !== undefined && { prefix }),
      ...(broken.length > 0 && { notFinite: broken }),
      preprocessing: givenPreprocessing(args),
    };
    const comparable = batchSize === record?.spec.recipe.batchSize && order === "file";
    const before = comparable ? recordedEpoch(path, target, data) : undefined;
    const known = before && { recorded: before };
    printResult(
      { model: model.name, ...result, ...settings, ...remarks, unused, ...known },
      args.json ?? false,
    );
  } finally {
    interruption.close();
  }
}

/** What the run noted of its weights on these test images; undefined where it noted nothing of them. */
function recordedEpoch(
  path: string,
  { record, epoch }: WeightsTarget,
  data: Dataset,
): Result["recorded"] {
  const { digest, mean, std } = record!.data;
  if (digest !== data.digest || mean !== data.mean || std !== data.std) return undefined;
  if (heldOutOf(record!.spec) === undefined) {
    const metrics = readRun(path).metrics[epoch! - 1];
    return metrics && { epoch: metrics.epoch, correct: metrics.validationCorrect };
  }
  const { test } = record!;
  return test?.epoch === epoch ? { epoch: test!.epoch, correct: test!.correct } : undefined;
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
  /** Images whose result is NaN. */
  readonly withoutPrediction: number;
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
  /** What was taken off each name of a file. */
  readonly prefix?: string;
  /** How images went in, where that was said. */
  readonly preprocessing?: Preprocessing;
  /** Weights that are NaN or infinite. */
  readonly notFinite?: readonly BrokenTensor[];
  readonly unused: readonly UnusedTensor[];
  /** Of a run's weights: what it counted after the epoch that they are from, on the same images. */
  readonly recorded?: { readonly epoch: number; readonly correct: number };
}

function printResult(result: Result, json: boolean): void {
  const { recorded } = result;
  if (recorded && recorded.correct !== result.correct) {
    const counted = `${thousands(recorded.correct)} correct after epoch ${recorded.epoch}`;
    note(
      `warning: the run noted ${counted}: its weights or metrics were changed, or this engine rounds differently`,
    );
  }
  if (json) {
    print(jsonText(result));
    return;
  }
  const { model, correct, total, accuracy, loss, unused } = result;
  const percent = (accuracy * 100).toFixed(2);
  const counts = `${thousands(correct)} of ${thousands(total)}`;
  print(`${model}: ${counts} correct (${percent} %), loss ${loss.toFixed(4)}`);
  const { entry, prefix, preprocessing, notFinite, withoutPrediction } = result;
  if (withoutPrediction > 0) {
    const images =
      withoutPrediction === total ? "all images" : `${thousands(withoutPrediction)} of them`;
    print(`no prediction: the results of ${images} are NaN, which counts as wrong`);
  }
  if (entry !== undefined) print(`weights: entry ${excerpt(entry)} of ${result.weights}`);
  if (prefix !== undefined) print(`names: without ${excerpt(prefix)} before each`);
  if (preprocessing) print(`preprocessing: ${describePreprocessing(preprocessing)}`);
  if (notFinite) print(`not finite: ${describeBroken(notFinite)}`);
  if (unused.length > 0) print(`unused: ${describeUnused(unused)}`);
}

function describeUnused(unused: readonly UnusedTensor[]): string {
  const values = unused.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const names = unused.slice(0, 3).map(({ name }) => name);
  if (unused.length > names.length) names.push("…");
  const tensors = unused.length === 1 ? "1 tensor" : `${unused.length} tensors`;
  return `${thousands(values)} values in ${tensors} (${names.join(", ")})`;
}
