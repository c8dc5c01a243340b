import type { Dataset } from "../../data/dataset.js";
import { InputError } from "../../errors.js";
import { recognizeModel } from "../../runs/recognize-model.js";
import type { RunRecord } from "../../runs/record.js";
import { isFolder, readRecord, runFiles } from "../../runs/run-folder.js";
import { readWeights } from "../../runs/weights-file.js";
import { evaluate } from "../../train/evaluate.js";
import type { EvaluateArguments } from "../commands/evaluate.js";
import { Interruption } from "../interruption.js";
import { loadChosenData } from "../load-chosen-data.js";
import { recipe } from "../recipe.js";
import { recordedData } from "../recorded-data.js";
import { checkNoReproduction } from "../reproduce-settings.js";

const where = "fovea evaluate";

/** Weights to evaluate, and the run that they are from. */
interface Target {
  readonly file: string;
  /** Which weights these are: `best` or `last` of a run, else the file's path. */
  readonly weights: string;
  readonly record?: RunRecord;
}

/** Evaluates a run's weights, or a file's, on the test images. */
export async function runEvaluate(path: string, args: EvaluateArguments): Promise<void> {
  const { file, weights, record } = findTarget(path, args);
  const { parameters, metadata } = readWeights(file);
  const interruption = new Interruption();
  try {
    const choice = args.data ?? (record ? recordedData(record.data) : "auto");
    const { data, reason } = await loadChosenData(choice, interruption);
    // Another data set is fine when it is asked for.
    if (args.data === undefined)
      checkSameData(path, record?.data ?? { digest: metadata.data }, data);
    if (!args.json) console.log(reason);
    const named = args.model ?? record?.model ?? metadata.model;
    const model = recognizeModel(file, parameters, data, named);
    const batchSize = args.batchSize ?? record?.batchSize ?? recipe.batchSize;
    const result = await evaluate({ model, data, parameters, batchSize, threads: args.threads });
    const { name, digest } = data;
    print({ model, ...result, data: { name, digest }, batchSize, weights }, args.json ?? false);
  } finally {
    interruption.close();
  }
}

function findTarget(path: string, args: EvaluateArguments): Target {
  if (!isFolder(path)) {
    if (args.last) throw new InputError(where, "a run folder with --last", path);
    return { file: path, weights: path };
  }
  checkNoReproduction(path, (run) => run);
  const weights = args.last ? "last" : "best";
  return { file: runFiles(path)[weights], weights, record: readRecord(path) };
}

/** Checks the digest of the data that the weights were trained on, where it is known. */
function checkSameData(
  path: string,
  trained: { readonly name?: string; readonly digest?: string },
  data: Dataset,
): void {
  const { name, digest } = trained;
  if (digest === undefined || digest === data.digest) return;
  const short = digest.slice(0, 12);
  const expected = name ? `the run's data, ${name} (${short})` : `the weights' data (${short})`;
  const got = `${data.name} (${data.digest.slice(0, 12)}); --data chooses it`;
  throw new InputError(path, expected, got);
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
  readonly weights: string;
}

function print(result: Result, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(result));
    return;
  }
  const { model, correct, total, accuracy, loss } = result;
  const percent = (accuracy * 100).toFixed(2);
  const counts = `${correct.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`;
  console.log(`${model}: ${counts} correct (${percent} %), loss ${loss.toFixed(4)}`);
}
