import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../errors.js";
import { readText } from "../files/read-file.node.js";
import { classifierNames } from "../models/names.js";
import { checkChecksum, checksumOf } from "./checksum.js";
import { parseJson } from "./json.js";
import { mostBytes, writeJson } from "./json-file.node.js";
import { isRun } from "./run-folder.node.js";
import { mostEpochs } from "./run-spec.js";

const members = {
  /** Version of this file's layout. */
  format: z.literal(1),
  epochs: z.int().positive().max(mostEpochs),
  seed: z.int().nonnegative(),
  models: z.array(z.enum(classifierNames)).min(1),
  batchSize: z.int().positive(),
  learningRate: z.number().positive(),
  data: z.object({
    /** What to ask for to find it again. */
    choice: z.string(),
    /** What it is called; unknown of versions up to 0.3. */
    name: z.string().optional(),
    digest: z.string(),
  }),
};

/** A later version may have more members. */
const sealedSchema = z.object({
  ...members,
  /** SHA-256 of all of the above; absent of versions up to 0.3. */
  checksum: z.string().optional(),
});
/** Without a checksum nothing else tells that a member's name was changed. */
const unsealedSchema = z.strictObject(members);

/** What `fovea reproduce` was asked for: the content of its folder's `reproduce.json`. */
export type ReproduceSettings = z.infer<typeof unsealedSchema>;

/** Whether this folder is one of `fovea reproduce`. */
export function isReproduction(directory: string): boolean {
  return existsSync(settingsPath(directory));
}

/**
 * Reads the settings in a folder of `fovea reproduce`.
 *
 * @throws InputError where it is none, or the file is not as it must be
 */
export function readSettings(directory: string): ReproduceSettings {
  if (!isReproduction(directory)) {
    const got = existsSync(directory) ? "one without reproduce.json" : "no such file or folder";
    throw new InputError(directory, "a folder of fovea reproduce", got);
  }
  const path = settingsPath(directory);
  const text = readText(path, "the settings of fovea reproduce", mostBytes);
  const { checksum, ...settings } = parseJson(text, sealedSchema, path);
  if (checksum === undefined) return parseJson(text, unsealedSchema, path);
  checkChecksum(text, checksum, path);
  return settings;
}

/**
 * Checks that a run folder was not taken for the folder of `fovea reproduce` around it.
 *
 * @param meant what the user may have meant, given the first run in it
 * @throws InputError where it was
 */
export function checkNoReproduction(directory: string, meant: (run: string) => string): void {
  if (isRun(directory) || !isReproduction(directory)) return;
  const hint = meant(modelFolder(directory, readSettings(directory).models[0]!));
  throw new InputError(
    directory,
    "a run folder",
    `a folder of fovea reproduce (did you mean ${hint}?)`,
  );
}

/** Writes the settings with their checksum, atomically. */
export function writeSettings(directory: string, settings: ReproduceSettings): void {
  writeJson(settingsPath(directory), { ...settings, checksum: checksumOf(settings) });
}

/** A run folder itself, or the runs in a folder of `fovea reproduce`. */
export function runFolders(path: string): string[] {
  if (!isReproduction(path)) return [path];
  const { models } = readSettings(path);
  return models.map((model) => modelFolder(path, model)).filter(isRun);
}

/** The run folder of a model. */
export function modelFolder(directory: string, model: string): string {
  return join(directory, model);
}

function settingsPath(directory: string): string {
  return join(directory, "reproduce.json");
}
