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

const where = "fovea evaluate";

/** Weights to evaluate, and the run that they are from. */
interface Target {
  readonly file: string;
  readonly record?: RunRecord;
}

/** Evaluates a run's weights, or a file's, on the test images. */
export async function runEvaluate(path: string, args: EvaluateArguments): Promise<void> {
  const { file, record } = findTarget(path, args);
  const { parameters, metadata } = readWeights(file);
  const interruption = new Interruption();
  try {
    const choice = args.data ?? (record ? recordedData(record.data) : "auto");
    const { data } = await loadChosenData(choice, interruption);
    // Another data set is fine when it is asked for.
    if (record && args.data === undefined) checkSameData(path, record, data);
    const named = args.model ?? record?.model ?? metadata.model;
    const model = recognizeModel(file, parameters, data, named);
    const batchSize = args.batchSize ?? record?.batchSize ?? recipe.batchSize;
    const result = await evaluate({ model, data, parameters, batchSize, threads: args.threads });
    print({ model, ...result }, args.json ?? false);
  } finally {
    interruption.close();
  }
}

function findTarget(path: string, args: EvaluateArguments): Target {
  if (!isFolder(path)) {
    if (args.last) throw new InputError(where, "a run folder with --last", path);
    return { file: path };
  }
  const files = runFiles(path);
  return { file: args.last ? files.last : files.best, record: readRecord(path) };
}

function checkSameData(path: string, record: RunRecord, data: Dataset): void {
  if (data.digest === record.data.digest) return;
  const expected = `the run's data, ${record.data.name} (${record.data.digest.slice(0, 12)})`;
  const got = `${data.name} (${data.digest.slice(0, 12)}); --data chooses it`;
  throw new InputError(path, expected, got);
}

interface Result {
  readonly model: string;
  readonly correct: number;
  readonly total: number;
  readonly accuracy: number;
  readonly loss: number;
}

function print({ model, correct, total, accuracy, loss }: Result, json: boolean): void {
  if (json) {
    console.log(JSON.stringify({ model, correct, total, accuracy, loss }));
    return;
  }
  const percent = (accuracy * 100).toFixed(2);
  const counts = `${correct.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`;
  console.log(`${model}: ${counts} correct (${percent} %), loss ${loss.toFixed(4)}`);
}
