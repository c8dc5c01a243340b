import { existsSync } from "node:fs";
import { readBytes } from "../files/read-file.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import type { Predictions } from "../inspect/predictions.js";
import {
  decodePredictions,
  encodePredictions,
  type PredictionsSource,
  type StoredPredictions,
} from "./predictions-codec.js";

/** A larger file is refused, bytes: a million images have 6 MB, 24 pictures of 3 × 224 × 224 have 4 MB. */
const mostBytes = 64 * 2 ** 20;

/** Writes a run's `predictions.safetensors`. */
export function writePredictions(
  path: string,
  predictions: Predictions,
  source: PredictionsSource,
): void {
  writeAtomically(path, encodePredictions(predictions, source));
}

/** Reads a run's `predictions.safetensors`; undefined where it has none. Throws as `decodePredictions`. */
export function readPredictions(path: string): StoredPredictions | undefined {
  if (!existsSync(path)) return undefined;
  return decodePredictions(readBytes(path, "a run's predictions", mostBytes), path);
}
