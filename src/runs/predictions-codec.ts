import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { expectedTensor } from "../formats/expected-tensor.js";
import { readSafetensors, type WritableTensor, writeSafetensors } from "../formats/safetensors.js";
import type { Predictions } from "../inspect/predictions.js";
import { sha256 } from "../sha256.js";
import { checkSame } from "./checksum.js";

/** What predictions are of. */
export interface PredictionsSource {
  /** SHA-256 of the file of weights. */
  readonly weights: string;
  /** Digest of the data. */
  readonly data: string;
}

/** What a `predictions.safetensors` holds. */
export interface StoredPredictions extends Predictions {
  readonly source: PredictionsSource;
}

const kind = "fovea predictions 1";

/**
 * The bytes of a `predictions.safetensors`: a byte an image for its label and its predicted class, a float32 for its
 * confidence, and the pictures of the most confident mistakes. Its metadata end with a checksum of all else.
 */
export function encodePredictions(
  predictions: Predictions,
  { weights, data }: PredictionsSource,
): Uint8Array {
  const { channels, rows, columns, classes, mistakes } = predictions;
  const { labels, predicted, confidences, pixels } = predictions;
  const count = labels.length;
  const tensors = new Map<string, WritableTensor>([
    ["labels", { dtype: "U8", shape: [count], values: labels }],
    ["predicted", { dtype: "U8", shape: [count], values: predicted }],
    ["confidences", { dtype: "F32", shape: [count], values: confidences }],
    ["mistakes", { dtype: "U32", shape: [mistakes.length], values: mistakes }],
    ["pixels", { dtype: "U8", shape: [mistakes.length, rows, columns, channels], values: pixels }],
  ]);
  const metadata = { format: kind, classes: String(classes), weights, data };
  return withChecksum(tensors, metadata);
}

function withChecksum(
  tensors: ReadonlyMap<string, WritableTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const checksum = sha256(writeSafetensors(tensors, metadata));
  return writeSafetensors(tensors, { ...metadata, checksum });
}

/**
 * Reads the bytes of a `predictions.safetensors`.
 *
 * @param where the file, for messages
 * @throws InputError where it is malformed, was changed, or says what cannot be
 */
export function decodePredictions(bytes: Uint8Array, where: string): StoredPredictions {
  const { tensors, metadata } = readSafetensors(bytes, where);
  const { checksum = "", ...others } = metadata;
  if (others.format !== kind) {
    throw new InputError(where, `the format ${kind}`, excerpt(others.format ?? "none"));
  }
  checkSame(where, "content with checksum", checksum, sha256(writeSafetensors(tensors, others)));
  const classes = Number(others.classes);
  const labels = expectedTensor(tensors, "labels", "U8", where).values as Uint8Array;
  const predicted = expectedTensor(tensors, "predicted", "U8", where).values as Uint8Array;
  const confidences = expectedTensor(tensors, "confidences", "F32", where).values as Float32Array;
  const mistakes = expectedTensor(tensors, "mistakes", "U32", where).values as Uint32Array;
  const pictures = expectedTensor(tensors, "pixels", "U8", where);
  const [pictureCount, rows = 0, columns = 0, channels = 0] = pictures.shape;
  const count = labels.length;
  const isWhole =
    Number.isInteger(classes) &&
    classes >= 1 &&
    predicted.length === count &&
    confidences.length === count &&
    pictures.shape.length === 4 &&
    pictureCount === mistakes.length &&
    [labels, predicted].every((list) => list.every((value) => value < classes)) &&
    confidences.every((value) => Number.isNaN(value) || (value >= 0 && value <= 1.0001)) &&
    mistakes.every((image) => image < count);
  if (!isWhole) throw new InputError(where, "predictions of one set of images", "other content");
  const pixels = pictures.values as Uint8Array;
  const source = { weights: others.weights ?? "", data: others.data ?? "" };
  return {
    ...{ channels, rows, columns, classes, labels, predicted, confidences, mistakes, pixels },
    source,
  };
}
