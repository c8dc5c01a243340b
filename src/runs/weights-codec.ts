import { InputError } from "../errors.js";
import { toFloat32 } from "../formats/float32.js";
import { describeForeignFile } from "../formats/foreign-file.js";
import {
  looksLikePyTorch,
  type PyTorchCheckpoint,
  type PyTorchOptions,
  readPyTorch,
} from "../formats/pytorch.js";
import {
  beginsAsSafetensors,
  looksLikeSafetensors,
  readSafetensors,
  type Safetensors,
  writeSafetensors,
} from "../formats/safetensors.js";
import type { StoredTensor } from "../formats/stored-tensor.js";
import { isModelName } from "../graph/model.js";
import type { NamedTensors, Tensor32 } from "../graph/tensors.js";

/** What a file of weights should be, for messages. */
export const weightsExpected = "a safetensors or PyTorch file";

/** The tensors of a safetensors or PyTorch file, and what its metadata says. */
export interface Weights {
  /** The floating-point tensors, as float32. */
  readonly parameters: NamedTensors;
  /** The tensors of integers and booleans, which are no model's parameters. */
  readonly integers: ReadonlyMap<string, StoredTensor>;
  /** Empty for a PyTorch file. Other tools write what they like here. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What the metadata says of a run's weights; undefined where Fovea did not write it. */
  readonly checkpoint?: Checkpoint;
  /** The entry of a PyTorch file that they are; undefined where they are the whole file. */
  readonly entry?: string;
}

/** How a file of weights is read; `entry` as in `readPyTorch`. */
export type WeightsOptions = PyTorchOptions;

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
  return writeSafetensors(parameters, checkpointMetadata(checkpoint));
}

/** The metadata of a run's weights, and of its state. */
export function checkpointMetadata({ model, epoch, seed, data }: Checkpoint) {
  return { format: "pt", model, epoch: String(epoch), seed: String(seed), data };
}

/**
 * Reads the bytes of a safetensors file, or of a PyTorch checkpoint as {@link readPyTorch} does; which it
 * is, its content says. Floating-point tensors of other widths become float32, as {@link toFloat32} does.
 *
 * @param where the file, for messages
 * @throws InputError where it is malformed
 */
export function decodeWeights(
  bytes: Uint8Array,
  where: string,
  options: WeightsOptions = {},
): Weights {
  const { tensors, metadata, entry } = decodeTensors(bytes, where, options);
  const parameters = new Map<string, Tensor32>();
  const integers = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    const floats = toFloat32(tensor);
    if (floats) parameters.set(name, floats);
    else integers.set(name, tensor);
  }
  const checkpoint = checkpointIn(metadata);
  return {
    parameters,
    integers,
    metadata,
    ...(checkpoint !== undefined && { checkpoint }),
    ...(entry !== undefined && { entry }),
  };
}

function decodeTensors(
  bytes: Uint8Array,
  where: string,
  options: WeightsOptions,
): Safetensors & Pick<PyTorchCheckpoint, "entry"> {
  if (looksLikePyTorch(bytes)) return { ...readPyTorch(bytes, where, options), metadata: {} };
  const foreign = beginsAsSafetensors(bytes) ? undefined : describeForeignFile(bytes);
  if (foreign !== undefined) throw new InputError(where, weightsExpected, foreign);
  if (!looksLikeSafetensors(bytes)) throw new InputError(where, weightsExpected, "neither");
  if (options.entry !== undefined) {
    const expected = "entry only with a checkpoint of several things";
    throw new InputError(where, expected, "a safetensors file");
  }
  return readSafetensors(bytes, where);
}

/**
 * What metadata says of a run's weights, where it is all that {@link encodeCheckpoint} writes. Other tools have
 * names such as `model` for things of their own.
 */
function checkpointIn(metadata: Readonly<Record<string, string>>): Checkpoint | undefined {
  const { format, model = "", epoch = "", seed = "", data, ...others } = metadata;
  const isOurs = format === "pt" && data !== undefined && Object.keys(others).length === 0;
  if (!isOurs || !isModelName(model) || !isWholeNumber(epoch) || !isWholeNumber(seed)) {
    return undefined;
  }
  return { model, epoch: Number(epoch), seed: Number(seed), data };
}

function isWholeNumber(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

/**
 * The epoch that a run's weights were saved after.
 *
 * @throws InputError where the metadata does not say it
 */
export function checkpointEpoch(path: string, { metadata }: Pick<Weights, "metadata">): number {
  const epoch = metadata.epoch ?? "";
  if (!/^[1-9]\d{0,8}$/.test(epoch)) {
    throw new InputError(path, "an epoch in its metadata", epoch === "" ? "none" : epoch);
  }
  return Number(epoch);
}
