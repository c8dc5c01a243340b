import { z } from "zod";
import { InputError } from "../errors.js";
import { writeSafetensors } from "../formats/safetensors.js";
import type { PlateauState } from "../train/schedules/plateau.js";
import type { TrainingState } from "../train/training-state.js";
import { parseJson } from "./json.js";
import {
  type Checkpoint,
  checkpointEpoch,
  checkpointMetadata,
  decodeWeights,
} from "./weights-codec.js";

const from0 = z.number().nonnegative();

const plateauSchema: z.ZodType<PlateauState> = z.strictObject({
  learningRate: from0,
  best: z.number().nullable(),
  badEpochs: z.int().nonnegative(),
  coolingEpochs: z.int().nonnegative(),
});

/** The bytes of a `state.safetensors`: all that a training goes on from. Equal trainings give equal bytes. */
export function encodeState(
  { tensors, plateau }: TrainingState,
  checkpoint: Checkpoint,
): Uint8Array {
  return writeSafetensors(tensors, {
    ...checkpointMetadata(checkpoint),
    ...(plateau && { plateau: JSON.stringify(plateau) }),
  });
}

/** A training's state and the epoch that it is of. */
export interface DecodedState {
  readonly state: TrainingState;
  readonly epoch: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a `state.safetensors`.
 *
 * @param where the file, for messages
 * @throws InputError where it is malformed
 */
export function decodeState(bytes: Uint8Array, where: string): DecodedState {
  const weights = decodeWeights(bytes, where);
  const { parameters: tensors, metadata, integers } = weights;
  const [strange] = integers.keys();
  if (strange !== undefined) throw new InputError(where, "tensors of float32", strange);
  const { plateau } = metadata;
  return {
    state: {
      tensors,
      ...(plateau !== undefined && { plateau: parseJson(plateau, plateauSchema, where) }),
    },
    epoch: checkpointEpoch(where, weights),
    metadata,
  };
}
