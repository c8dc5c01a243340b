import { existsSync } from "node:fs";
import { InputError } from "../errors.js";
import { readBytes } from "../files/read-file.node.js";
import { sha256 } from "../sha256.js";
import type { RunRecord } from "./record-codec.js";
import { changedFile, runFiles } from "./run-folder.node.js";
import { checkMetadata } from "./run-weights.node.js";
import { type DecodedState, decodeState } from "./state-codec.js";

/** The state that a run keeps besides its weights. */
export interface RunState extends DecodedState {
  /** SHA-256 of the file. */
  readonly digest: string;
}

/**
 * Reads the `state.safetensors` of a run whose recipe keeps a state.
 *
 * @throws InputError where it is missing, was changed, or is of another run
 */
export function readRunState(directory: string, record: RunRecord): RunState {
  const path = runFiles(directory).state;
  if (!existsSync(path)) {
    throw new InputError(path, "the state of this run, to resume it", "no such file or folder");
  }
  const bytes = readBytes(path, "a run's state");
  const digest = sha256(bytes);
  const states = record.files?.states ?? [];
  if (!states.some(({ state }) => state === digest)) {
    throw changedFile(path, states.at(-1)?.state ?? "none", digest);
  }
  const decoded = decodeState(bytes, path);
  checkMetadata(path, decoded, record);
  return { ...decoded, digest };
}
