import { type BrokenTensor, brokenTensors, describeBroken } from "../../audit/finite.js";
import type { Dataset } from "../../data/dataset.js";
import { sameNormalisation } from "../../data/normalisation.js";
import { InputError } from "../../errors.js";
import { excerpt } from "../../excerpt.js";
import { isFolder } from "../../files/folders.node.js";
import { sizeOf } from "../../graph/graph.js";
import { collectPredictions } from "../../inspect/predictions.js";
import { jsonText } from "../../json-text.js";
import { thousands } from "../../numbers.js";
import { calibrateRun, checkCalibratable } from "../../runs/calibrate-run.node.js";
import type { CalibrationRecord } from "../../runs/calibration-codec.js";
import { isImported } from "../../runs/imported-folder.node.js";
import { writePredictions } from "../../runs/predictions-file.node.js";
import type { UnusedTensor } from "../../runs/recognize-model.js";
import { readRun, runFiles } from "../../runs/run-folder.node.js";
import { heldOutOf } from "../../runs/run-spec.js";
import { trainingDefaults } from "../../train/defaults.js";
import { evaluate } from "../../train/evaluate.js";
import { classOrder, shuffledOrder } from "../../train/image-order.js";
import { givenPreprocessing, type Preprocessing } from "../../train/preprocessing.js";
import { asTrained, checkSameData } from "../check-same-data.js";
import { chosenData, type DataArguments } from "../data-options.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { readDefinition } from "../model-source.js";
import { checkPreprocessing, describePreprocessing } from "../preprocessing-options.js";
import { recognizeWeights } from "../recognized-weights.js";
import { note, print } from "../terminal/output.js";
import type { WeightsArguments } from "../weights-options.js";
import { findWeights, type WeightsTarget } from "../weights-target.js";

const where = "fovea evaluate";

/** Orders of the test images. */
export type ImageOrder = "file" | "class" | "shuffled";

/** The options of `fovea evaluate` that were given. */
export interface EvaluateArguments extends Preprocessing, DataArguments, WeightsArguments {
  readonly batchSize?: number;
  readonly order?: ImageOrder;
  readonly seed?: number;
  readonly threads?: number;
  readonly json?: boolean;
  readonly calibrate?: boolean;
}

/** Evaluates a run's weights, or a file's, on the test images. */
export async function runEvaluate(path: string, args: EvaluateArguments): Promise<void> {
  if (args.seed !== undefined && args.order !== "shuffled") {
    const got = args.order ? `--order ${args.order}` : "--seed alone";
    throw new InputError(where, "--seed only with --order shuffled", got);
  }
  checkPreprocessing(where, args, { path, isFile: !isFolder(path) || isImported(path) });
  const target = findWeights(where, path, args.last ?? false, args.entry, args.map);
  const { file, tensors: found, weights, record, model: recorded } = target;
  if (args.calibrate) checkCalibrate(path, args, record !== undefined);
  const named = args.model && (await readDefinition(where, "--model", args.model)).definition;
  const interruption = new Interruption();
  try {
    const choice = chosenData(where, args, record?.data);
    const { data: loaded, reason, notes } = await loadChosenData(choice, interruption);
    const data = asTrained(loaded, record?.data);
    // Another data set is fine when it is asked for.
    if (args.data === undefined)
      checkSameData(path, record?.data ?? { digest: found.checkpoint?.data }, data);
    if (!args.json) print(reason, ...notes);
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
      mean: args.mean ?? target.normalisation?.mean,
      std: args.std ?? target.normalisation?.std,
      alignCorners: args.alignCorners,
    });
    const calibration = args.calibrate ? await calibrateRun(path, data, args.threads) : undefined;
    if (record) await keepPredictions(path, target, data, args.threads);
    const { name, digest } = data;
    const images = order === "shuffled" ? { order, seed } : { order };
    const settings = { data: { name, digest }, batchSize, ...images, weights };
    const broken = brokenTensors(parameters);
    const remarks = {
      ...(found.entry !== undefined && { entry: found.entry }),
      ...(prefix !== undefined && { prefix }),
      ...(broken.length > 0 && { notFinite: broken }),
      preprocessing: givenPreprocessing(args),
      ...(calibration && { calibration: calibrationFigures(calibration) }),
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

/** @throws InputError where there is no temperature to be fitted */
function checkCalibrate(path: string, { last, data }: EvaluateArguments, isRun: boolean): void {
  if (!isRun) throw new InputError(where, "a run folder with --calibrate", path);
  if (last) throw new InputError(where, "--calibrate without --last", "both");
  if (data !== undefined) throw new InputError(where, "--calibrate without --data", "both");
  checkCalibratable(path);
}

function calibrationFigures({ temperature, heldOut, test }: CalibrationRecord) {
  const [errorBefore, errorAfter] = [test.before.error, test.after.error];
  return { temperature, heldOutImages: heldOut.images, errorBefore, errorAfter };
}

/** Writes what a finished run's best weights say of the test images, where the run does not have it yet. */
async function keepPredictions(
  path: string,
  { record, weights, digest, tensors }: WeightsTarget,
  data: Dataset,
  threads: number | undefined,
): Promise<void> {
  const isOwn = record!.data.digest === data.digest && record!.state === "done";
  if (weights !== "best" || digest === undefined || !isOwn) return;
  const run = readRun(path);
  if (run.predictions) return;
  const settings = { batchSize: record!.spec.recipe.batchSize, ...(threads && { threads }) };
  const found = await collectPredictions(run.model, data, tensors.parameters, settings);
  try {
    writePredictions(runFiles(path).predictions, found, { weights: digest, data: data.digest });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    note(`predictions are not kept: ${error.message}`);
  }
}

/** What the run noted of its weights on these test images; undefined where it noted nothing of them. */
function recordedEpoch(
  path: string,
  { record, epoch }: WeightsTarget,
  data: Dataset,
): Result["recorded"] {
  if (record!.data.digest !== data.digest || !sameNormalisation(record!.data, data))
    return undefined;
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
  /** With `--calibrate`: errors are expected calibration errors on the test images, 0..1. */
  readonly calibration?: ReturnType<typeof calibrationFigures>;
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
  if (result.calibration) print(calibrationText(result.calibration));
  if (notFinite) print(`not finite: ${describeBroken(notFinite)}`);
  if (unused.length > 0) print(`unused: ${describeUnused(unused)}`);
}

function calibrationText(calibration: ReturnType<typeof calibrationFigures>): string {
  const { temperature, heldOutImages, errorBefore, errorAfter } = calibration;
  const errors = `${(errorBefore * 100).toFixed(2)} % → ${(errorAfter * 100).toFixed(2)} %`;
  return `calibration: temperature ${temperature.toFixed(3)}, fitted on ${thousands(heldOutImages)} images held out; expected calibration error on the test images ${errors}`;
}

function describeUnused(unused: readonly UnusedTensor[]): string {
  const values = unused.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const names = unused.slice(0, 3).map(({ name }) => name);
  if (unused.length > names.length) names.push("…");
  const tensors = unused.length === 1 ? "1 tensor" : `${unused.length} tensors`;
  return `${thousands(values)} values in ${tensors} (${names.join(", ")})`;
}
