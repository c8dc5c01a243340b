import { z } from "zod";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { expectedTensor } from "../formats/expected-tensor.js";
import { readSafetensors, type WritableTensor, writeSafetensors } from "../formats/safetensors.js";
import type { Predictions } from "../inspect/predictions.js";
import { parseJson } from "../runs/json.js";

/** What the runs of a study say of the same test images. */
export interface StudyPredictions {
  readonly classes: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** The class of each test image. */
  readonly labels: Uint8Array;
  readonly runs: readonly {
    readonly key: string;
    /** The predicted class of each image; −1 where the network's result is NaN. */
    readonly predicted: Int16Array;
  }[];
  /** Ascending indices of the images whose pictures are kept: those that some run is sure about and wrong. */
  readonly images: Uint32Array;
  /** Bytes of these pictures, one after the other, channels last. */
  readonly pixels: Uint8Array;
}

/**
 * The predictions of several runs in one table.
 *
 * @param given each on the same test images
 * @returns undefined for none
 * @throws InputError where a run's are of other images
 */
export function joinPredictions(
  given: readonly { readonly key: string; readonly predictions: Predictions }[],
): StudyPredictions | undefined {
  const first = given[0]?.predictions;
  if (first === undefined) return undefined;
  const { classes, labels } = first;
  const pictures = new Map<number, Uint8Array>();
  // Where a run has no mistakes, it has no size of pictures either.
  const shaped = given.find(({ predictions }) => predictions.mistakes.length > 0)?.predictions;
  const { rows, columns, channels } = shaped ?? first;
  const size = rows * columns * channels;
  const runs = given.map(({ key, predictions }) => {
    if (!sameBytes(predictions.labels, labels)) {
      const expected = `predictions of the images of ${given[0]!.key}`;
      throw new InputError(key, expected, "others");
    }
    predictions.mistakes.forEach((image, at) => {
      pictures.set(image, predictions.pixels.subarray(at * size, (at + 1) * size));
    });
    return { key, predicted: predictedClasses(predictions) };
  });
  const images = Uint32Array.from(pictures.keys()).sort();
  const pixels = new Uint8Array(images.length * size);
  images.forEach((image, at) => {
    pixels.set(pictures.get(image)!, at * size);
  });
  return { ...{ classes, rows, columns, channels }, labels, runs, images, pixels };
}

function predictedClasses({ predicted, confidences }: Predictions): Int16Array {
  return Int16Array.from(predicted, (label, at) => (Number.isNaN(confidences[at]) ? -1 : label));
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

const kind = "fovea study predictions 1";

/** The bytes of a table of predictions, a safetensors file. */
export function encodeStudyPredictions(table: StudyPredictions): Uint8Array {
  const { classes, rows, columns, channels, labels, runs, images, pixels } = table;
  const count = labels.length;
  const predicted = new Int16Array(runs.length * count);
  for (const [at, run] of runs.entries()) predicted.set(run.predicted, at * count);
  const tensors = new Map<string, WritableTensor>([
    ["labels", { dtype: "U8", shape: [count], values: labels }],
    ["predicted", { dtype: "I16", shape: [runs.length, count], values: predicted }],
    ["images", { dtype: "U32", shape: [images.length], values: images }],
    ["pixels", { dtype: "U8", shape: [images.length, rows, columns, channels], values: pixels }],
  ]);
  const keys = JSON.stringify(runs.map(({ key }) => key));
  return writeSafetensors(tensors, { format: kind, classes: String(classes), keys });
}

/**
 * Reads what {@link encodeStudyPredictions} wrote.
 *
 * @param where the file, for messages
 * @throws InputError where it is malformed
 */
export function decodeStudyPredictions(bytes: Uint8Array, where: string): StudyPredictions {
  const { tensors, metadata } = readSafetensors(bytes, where);
  if (metadata.format !== kind) {
    throw new InputError(where, `the format ${kind}`, excerpt(metadata.format ?? "none"));
  }
  const classes = Number(metadata.classes);
  const keys = parseJson(metadata.keys ?? "none", z.array(z.string()), `${where}: keys`);
  const labels = expectedTensor(tensors, "labels", "U8", where).values as Uint8Array;
  const predicted = expectedTensor(tensors, "predicted", "I16", where).values as Int16Array;
  const images = expectedTensor(tensors, "images", "U32", where).values as Uint32Array;
  const pictures = expectedTensor(tensors, "pixels", "U8", where);
  const [kept, rows = 0, columns = 0, channels = 0] = pictures.shape;
  const count = labels.length;
  const isWhole =
    predicted.length === keys.length * count &&
    kept === images.length &&
    labels.every((label) => label < classes) &&
    images.every((image) => image < count);
  if (!isWhole) throw new InputError(where, "predictions of one set of images", "other content");
  const runs = keys.map((key, at) => ({
    key,
    predicted: predicted.slice(at * count, (at + 1) * count),
  }));
  const pixels = pictures.values as Uint8Array;
  return { ...{ classes, rows, columns, channels }, labels, runs, images, pixels };
}
