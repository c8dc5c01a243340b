import { canonicalJson } from "../canonical-json.js";
import { InputError } from "../errors.js";
import type { ImageInput } from "../formats/onnx/onnx-graph.js";
import { batchWarning, looksAcrossBatch, writeOnnx } from "../formats/onnx/write-onnx.js";
import { foveaVersion } from "../runs/machine.node.js";
import { matchModel } from "../runs/recognize-model.js";
import type { WeightsTarget } from "./weights-target.js";

/** What `fovea export RUN model.onnx` writes and says. */
export interface OnnxExport {
  readonly bytes: Uint8Array;
  readonly line: string;
  /** What is to be known of a network that looks across the batch. */
  readonly warning?: string;
}

/**
 * A run's network with its weights as an ONNX file, with the data's normalisation, class names and digest, and the
 * recipe.
 *
 * @throws InputError where the weights are a file's, which does not have the network
 */
export function onnxExport(
  where: string,
  { file, tensors, model, record, epoch, normalisation }: WeightsTarget,
  input: ImageInput["kind"] = "bytes",
): OnnxExport {
  if (model === undefined) {
    throw new InputError(
      where,
      "a run folder for an ONNX file",
      `${file}, which has weights alone`,
    );
  }
  const { parameters } = matchModel(file, tensors, model);
  const metadata = {
    fovea: foveaVersion(),
    ...(record && {
      data: record.data.name,
      data_digest: record.data.digest,
      recipe: canonicalJson({ ...record.spec.recipe, seed: record.spec.seed }),
      epoch: String(epoch),
    }),
  };
  const { mean, std, classNames } = record?.data ?? { ...normalisation, classNames: undefined };
  const bytes = writeOnnx(model, parameters, { input, mean, std, classNames, metadata });
  const line = `${model.name}, ${(bytes.length / 1000).toFixed(1)} kB, input ${input}`;
  return { bytes, line, ...(looksAcrossBatch(model) && { warning: batchWarning }) };
}
