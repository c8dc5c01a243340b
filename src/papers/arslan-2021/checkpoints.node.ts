import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Dataset } from "../../data/dataset.js";
import { type Shape, sizeOf } from "../../graph/graph.js";
import { modelNames, models } from "../../models/index.js";
import { readJson } from "../../runs/json-file.node.js";
import { foveaVersion } from "../../runs/machine.node.js";
import { matchModel } from "../../runs/recognize-model.js";
import { readWeights } from "../../runs/weights-file.node.js";
import {
  type CheckpointEvaluation,
  type CheckpointRecord,
  evaluateSetting,
  evaluationSettings,
  orderWords,
  publishedCheckpoints,
} from "./checkpoints.js";

const count = z.int().nonnegative();

/** The content of `results/published/checkpoints.json`: evaluations of the study's checkpoints by Fovea. */
export interface RecordedCheckpoints {
  /** Version of this file's layout. */
  readonly format: 1;
  /** The data whose test images were classified. */
  readonly data: { readonly name: string; readonly digest: string };
  /** The version of Fovea that evaluated. */
  readonly version: string;
  readonly checkpoints: readonly CheckpointRecord[];
}

const recordSchema: z.ZodType<RecordedCheckpoints> = z.object({
  format: z.literal(1),
  data: z.object({ name: z.string(), digest: z.string() }),
  version: z.string(),
  checkpoints: z.array(
    z.object({
      file: z.string(),
      model: z.enum(modelNames),
      parameters: count,
      unused: count,
      evaluations: z.array(
        z.object({
          model: z.enum(modelNames),
          batchSize: z.int().positive(),
          order: z.enum(["file", "class", "shuffled"]),
          seed: count.optional(),
          correct: count,
          total: z.int().positive(),
          loss: z.number(),
        }),
      ),
    }),
  ),
});

/** The file with the recorded evaluations of the study's checkpoints. */
export const recordedCheckpointsFile = fileURLToPath(
  new URL("../../../results/published/checkpoints.json", import.meta.url),
);

/** Reads recorded evaluations. */
export function readRecordedCheckpoints(path = recordedCheckpointsFile): RecordedCheckpoints {
  return readJson(path, recordSchema, "recorded evaluations of checkpoints");
}

/** The study's checkpoint files that are missing in a folder. */
export function missingCheckpoints(folder: string): string[] {
  return publishedCheckpoints
    .map(({ file }) => file)
    .filter((file) => !existsSync(join(folder, file)));
}

/**
 * Evaluates the study's checkpoints in all settings.
 *
 * @param folder holds all of their files
 * @param options.onActivity called before each evaluation with its description
 * @param options.signal when it aborts, the current evaluation is finished, then its reason is thrown
 * @throws InputError where a file is not a checkpoint of its network
 */
export async function recordCheckpoints(
  folder: string,
  data: Dataset,
  options: {
    readonly onActivity?: (activity: string) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<RecordedCheckpoints> {
  const checkpoints: CheckpointRecord[] = [];
  for (const { file, model } of publishedCheckpoints) {
    const path = join(folder, file);
    const { parameters, unused } = matchModel(path, readWeights(path), models[model].build(data));
    const evaluations: CheckpointEvaluation[] = [];
    for (const setting of evaluationSettings(model)) {
      options.signal?.throwIfAborted();
      const { batchSize } = setting;
      options.onActivity?.(`${file}, batches of ${batchSize}, ${orderWords(setting)}`);
      evaluations.push(await evaluateSetting(setting, data, parameters));
    }
    checkpoints.push({
      file,
      model,
      parameters: countValues([...parameters.values()]),
      unused: countValues(unused),
      evaluations,
    });
  }
  const { name, digest } = data;
  return { format: 1, data: { name, digest }, version: foveaVersion(), checkpoints };
}

function countValues(tensors: readonly { readonly shape: Shape }[]): number {
  return tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
