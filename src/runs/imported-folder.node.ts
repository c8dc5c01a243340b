import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { InputError } from "../errors.js";
import { createNewFolder, createParent } from "../files/folders.node.js";
import { readText } from "../files/read-file.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import { writeSafetensors } from "../formats/safetensors.js";
import type { Model } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { parseJson } from "./json.js";
import { mostBytes } from "./json-file.node.js";
import { decodeModel, encodeModel } from "./model-codec.js";
import { isRun } from "./run-folder.node.js";

/** How images go into a network: `(pixel / 255 − mean) / std`. */
export interface Normalisation {
  readonly mean: number;
  readonly std: number;
}

/** Where an imported network's files are. Its `model.json` has the weights as initial values, too. */
export function importedFiles(directory: string) {
  return {
    model: join(directory, "model.json"),
    weights: join(directory, "weights.safetensors"),
    origin: join(directory, "import.json"),
  };
}

/** Whether this folder was written by {@link writeImported}. */
export function isImported(directory: string): boolean {
  return existsSync(importedFiles(directory).origin) && !isRun(directory);
}

/** What is kept of a network that was made elsewhere. */
export interface Imported {
  readonly model: Model;
  readonly normalisation?: Normalisation;
  /** Where the file has them. */
  readonly classNames?: readonly string[];
}

const originSchema = z.strictObject({
  format: z.literal(1),
  source: z.string(),
  normalisation: z.strictObject({ mean: z.number(), std: z.number().positive() }).optional(),
  classNames: z.array(z.string()).optional(),
});

/**
 * Writes a network and its weights into a new folder.
 *
 * @param source the file that it is from
 * @throws InputError where the folder exists
 */
export function writeImported(
  directory: string,
  source: string,
  { model, normalisation, classNames }: Imported,
  weights: NamedTensors,
): void {
  createParent(dirname(directory));
  if (!createNewFolder(directory)) {
    throw new InputError(directory, "a folder that does not exist", "one that does");
  }
  const files = importedFiles(directory);
  writeAtomically(files.model, encodeModel(model));
  writeAtomically(files.weights, writeSafetensors(weights, { format: "pt" }));
  const origin = {
    ...{ format: 1, source },
    ...(normalisation && { normalisation }),
    ...(classNames && { classNames }),
  };
  writeAtomically(files.origin, `${JSON.stringify(origin, null, 1)}\n`);
}

/** Reads what {@link writeImported} wrote, without the weights. */
export function readImported(directory: string): Imported {
  const { model, origin } = importedFiles(directory);
  const { normalisation, classNames } = parseJson(
    readText(origin, "an import's origin", mostBytes),
    originSchema,
    origin,
  );
  const found = decodeModel(readText(model, "an import's model", mostBytes), model);
  return {
    model: found,
    ...(normalisation && { normalisation }),
    ...(classNames && { classNames }),
  };
}
