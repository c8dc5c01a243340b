import { InputError } from "../errors.js";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";
import { readBytes } from "./read-file.js";

/** Parameters from a safetensors file, and what its metadata says. */
export interface Weights {
  readonly parameters: NamedTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a run's weights say about themselves: nothing that differs between equal trainings. */
export interface Checkpoint {
  readonly model: string;
  readonly epoch: number;
  readonly seed: number;
  /** Digest of the data. */
  readonly data: string;
}

/** The bytes of a run's weights; equal trainings give equal bytes. */
export function encodeCheckpoint(parameters: NamedTensors, checkpoint: Checkpoint): Uint8Array {
  return writeSafetensors(parameters, {
    format: "pt",
    model: checkpoint.model,
    epoch: String(checkpoint.epoch),
    seed: String(checkpoint.seed),
    data: checkpoint.data,
  });
}

/**
 * Reads float32 parameters from a safetensors file.
 *
 * @throws InputError where the file cannot be read, is malformed, or holds another type of number
 */
export function readWeights(path: string): Weights {
  const { tensors, metadata } = readSafetensors(readBytes(path, "a safetensors file"), path);
  const parameters = new Map<string, Tensor32>();
  for (const [name, { dtype, shape, values }] of tensors) {
    if (!(values instanceof Float32Array)) throw new InputError(path, `${name} to be F32`, dtype);
    parameters.set(name, { shape, values });
  }
  return { parameters, metadata };
}

/**
 * The epoch that a run's weights were saved after.
 *
 * @throws InputError where the metadata does not say it
 */
export function checkpointEpoch(path: string, { metadata }: Weights): number {
  const epoch = metadata.epoch ?? "";
  if (!/^[1-9]\d{0,8}$/.test(epoch)) {
    throw new InputError(path, "an epoch in its metadata", epoch === "" ? "none" : epoch);
  }
  return Number(epoch);
}
