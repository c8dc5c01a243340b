import { existsSync } from "node:fs";
import { InputError } from "../errors.js";
import { isFolder } from "../files/folders.node.js";
import { readText } from "../files/read-file.node.js";
import type { Model } from "../graph/model.js";
import {
  importedFiles,
  isImported,
  type Normalisation,
  readImported,
} from "../runs/imported-folder.node.js";
import { mostBytes } from "../runs/json-file.node.js";
import type { RunRecord } from "../runs/record-codec.js";
import { checkNoReproduction } from "../runs/reproduction.node.js";
import { readModel, readRecord, runFiles } from "../runs/run-folder.node.js";
import { readRunWeights } from "../runs/run-weights.node.js";
import { mapNames, parseMapping } from "../runs/weight-names.js";
import type { Weights } from "../runs/weights-codec.js";
import { readWeights } from "../runs/weights-file.node.js";

/** A file of weights, and the run that they are from. */
export interface WeightsTarget {
  readonly file: string;
  readonly tensors: Weights;
  /** Which weights these are: `best` or `last` of a run, else the file's path. */
  readonly weights: string;
  readonly record?: RunRecord;
  /** The epoch of the run that they were saved after. */
  readonly epoch?: number;
  /** SHA-256 of the file; absent where it is no run's. */
  readonly digest?: string;
  /** The network of a run, or of an imported folder. */
  readonly model?: Model;
  /** How images go into an imported network, where its file said so. */
  readonly normalisation?: Normalisation;
  /** The classes of an imported network, where its file had them. */
  readonly classNames?: readonly string[];
}

/**
 * The weights that a command's `RUN|FILE` means.
 *
 * @param last whether `--last` asks for a run's last weights instead of its best
 * @param entry `--entry`: which of several state dicts of a file
 * @param map `--map`: a file that says what its tensors are called here
 * @throws InputError where it is a folder that is no run or has no weights, where they cannot be read or were
 *   changed, `--last` is given with a file, or `--entry` with a folder
 */
export function findWeights(
  where: string,
  path: string,
  last: boolean,
  entry?: string,
  map?: string,
): WeightsTarget {
  if (!isFolder(path)) {
    if (last) throw new InputError(where, "a run folder with --last", path);
    if (!existsSync(path)) {
      const expected = "a run folder, or a safetensors or PyTorch file";
      throw new InputError(path, expected, "no such file or folder");
    }
    const tensors = readWeights(path, { entry });
    return { file: path, tensors: mapped(tensors, map), weights: path };
  }
  if (map !== undefined) throw new InputError(where, "a file of weights with --map", path);
  if (entry !== undefined) throw new InputError(where, "a file of weights with --entry", path);
  if (isImported(path)) {
    if (last) throw new InputError(where, "a run folder with --last", path);
    return importedTarget(path);
  }
  checkNoReproduction(path, (run) => run);
  const weights = last ? "last" : "best";
  const record = readRecord(path);
  const file = runFiles(path)[weights];
  if (!existsSync(file)) {
    const got = "none: it has not finished an epoch, or is kept without them";
    throw new InputError(path, `a run with its ${weights} weights`, got);
  }
  const { weights: tensors, epoch, digest } = readRunWeights(path, weights);
  return { file, tensors, weights, record, epoch, digest, model: readModel(path) };
}

function mapped(weights: Weights, map: string | undefined): Weights {
  if (map === undefined) return weights;
  return mapNames(weights, parseMapping(readText(map, "a mapping of names", mostBytes), map), map);
}

/** The network and weights of a folder that `fovea import` wrote. */
function importedTarget(path: string): WeightsTarget {
  const { weights: file } = importedFiles(path);
  return { file, tensors: readWeights(file), weights: file, ...readImported(path) };
}
