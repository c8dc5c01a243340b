import { existsSync } from "node:fs";
import { InputError } from "../errors.js";
import type { Model } from "../graph/model.js";
import type { RunRecord } from "../runs/record-codec.js";
import { checkNoReproduction } from "../runs/reproduction.node.js";
import { isFolder, readModel, readRecord, runFiles } from "../runs/run-folder.node.js";

/** A file of weights, and the run that they are from. */
export interface WeightsTarget {
  readonly file: string;
  /** Which weights these are: `best` or `last` of a run, else the file's path. */
  readonly weights: string;
  readonly record?: RunRecord;
  /** The run's network. */
  readonly model?: Model;
}

/**
 * The weights that a command's `RUN|FILE` means.
 *
 * @param last whether `--last` asks for a run's last weights instead of its best
 * @param entry `--entry`: which of several state dicts of a file
 * @throws InputError where it is a folder that is no run or has no weights, `--last` is given with a file, or
 *   `--entry` with a folder
 */
export function findWeights(
  where: string,
  path: string,
  last: boolean,
  entry?: string,
): WeightsTarget {
  if (!isFolder(path)) {
    if (last) throw new InputError(where, "a run folder with --last", path);
    return { file: path, weights: path };
  }
  if (entry !== undefined) throw new InputError(where, "a file of weights with --entry", path);
  checkNoReproduction(path, (run) => run);
  const weights = last ? "last" : "best";
  const record = readRecord(path);
  const file = runFiles(path)[weights];
  if (!existsSync(file)) {
    const got = "none: it has not finished an epoch, or is kept without them";
    throw new InputError(path, `a run with its ${weights} weights`, got);
  }
  return { file, weights, record, model: readModel(path) };
}
