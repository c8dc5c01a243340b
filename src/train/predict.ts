import { checkOptions, checkWhole, shown } from "../arguments.js";
import type { Dataset } from "../data/dataset.js";
import { overWhite } from "../data/transforms/colours.js";
import { type Framing, framed } from "../data/transforms/frame.js";
import type { Pixels } from "../data/transforms/pixels.js";
import { InputError } from "../errors.js";
import { inputOf, type Model } from "../graph/model.js";
import type { NamedTensors } from "../graph/tensors.js";
import { withTemperature } from "../stats/calibration.js";
import { bestClass, classScores } from "./class-scores.js";
import { trainingDefaults } from "./defaults.js";

/** A trained network, and how pictures go in. `readClassifier` of `fovea/node` reads one from a run or a file. */
export interface Classifier extends Pick<Dataset, "mean" | "std" | "classNames"> {
  readonly model: Model;
  readonly parameters: NamedTensors;
  /** How the training pictures lie in their frames. Default: pictures are scaled to fit, and nothing else. */
  readonly framing?: Framing;
  /** What the logarithms of the probabilities are divided by. Default 1. */
  readonly temperature?: number;
  /** Images per batch; changes the result only of models that look across the batch. Default 64. */
  readonly batchSize?: number;
}

/** Options of {@link predict}. */
export interface PredictOptions {
  /** How many classes to tell of each picture. Default 3. */
  readonly top?: number;
  /** Default: the processor's cores, at most 8; 1 in web pages that cannot use more. */
  readonly threads?: number;
}

/** A class and its probability, 0..1. */
export interface ClassProbability {
  readonly class: string;
  readonly probability: number;
}

/** What a network says of a picture. */
export interface PicturePrediction {
  /** The class with the highest probability; null where the result is NaN: then there is no prediction. */
  readonly class: string | null;
  readonly probability: number | null;
  /** The classes with the highest probabilities, highest first; empty where there is no prediction. */
  readonly top: readonly ClassProbability[];
  /** Whether dark marks on light were turned into light on dark, as the training pictures are. */
  readonly isInverted: boolean;
}

/**
 * Classifies pictures of any size and colour: each is brought into the form of the training pictures, dropout is off.
 *
 * @param classifier a network, its weights, and how pictures go in
 * @param pictures bytes 0..255, `rows × columns × channels`, channels last: 1 grey, 2 with alpha, 3 colour, 4 with
 * alpha; read one by one, so that they need not all be in memory
 * @throws InputError where an option is invalid, a picture is not such, or the parameters are not the model's
 * @example
 * const { mean, std } = data;
 * const classifier = { model: model.build(data), parameters, mean, std };
 * const values = data.test.images.slice(0, 784); // bytes, row by row
 * const [found] = await predict(classifier, [{ rows: 28, columns: 28, channels: 1, values }]);
 * console.log(found.class, found.probability);
 */
export async function predict(
  classifier: Classifier,
  pictures: Iterable<Pixels>,
  options: PredictOptions = {},
): Promise<PicturePrediction[]> {
  checkOptions("predict", options, ["top", "threads"]);
  const {
    model,
    parameters,
    mean,
    std,
    batchSize = trainingDefaults.batchSize,
  } = checkedClassifier(classifier);
  const { classes } = inputOf(model);
  const { top = 3, threads } = options;
  checkWhole("predict", "top", top, 1);
  const { images, inverted } = framedPictures(classifier, pictures);
  const count = inverted.length;
  if (count === 0) return [];
  const set = { count, images, labels: new Uint8Array(count) };
  const scorer = { graph: model.graph, parameters, mean, std, batchSize, threads };
  const scores = await classScores(scorer, set);
  return inverted.map((isInverted, at) => {
    const own = scores.subarray(at * classes, (at + 1) * classes);
    return { ...predictionOf(own, classifier, top), isInverted };
  });
}

/** Pictures in the form of the training pictures, one after the other. */
export function framedPictures(
  { model, framing = { isDark: false } }: Pick<Classifier, "model" | "framing">,
  pictures: Iterable<Pixels>,
): { images: Uint8Array; inverted: boolean[] } {
  const shape = inputOf(model);
  if (shape.channels !== 1 && shape.channels !== 3) {
    throw new InputError("predict", "a model of 1 or 3 channels", String(shape.channels));
  }
  const parts: Uint8Array[] = [];
  const inverted: boolean[] = [];
  for (const picture of checkedPictures(pictures)) {
    const { picture: fitted, isInverted } = framed(overWhite(picture), shape, framing);
    parts.push(fitted.values);
    inverted.push(isInverted);
  }
  const size = shape.channels * shape.rows * shape.columns;
  const images = new Uint8Array(parts.length * size);
  parts.forEach((part, at) => {
    images.set(part, at * size);
  });
  return { images, inverted };
}

function predictionOf(
  scores: Float32Array,
  { classNames, temperature = 1 }: Classifier,
  top: number,
): Omit<PicturePrediction, "isInverted"> {
  if (bestClass(scores) < 0) return { class: null, probability: null, top: [] };
  const probabilities = withTemperature(scores, temperature).map(Math.exp);
  const order = Array.from(probabilities.keys());
  // By score, since probabilities that round to the same number are not the same.
  order.sort((a, b) => scores[b]! - scores[a]! || a - b);
  const told = order.slice(0, top).map((index) => {
    return { class: classNames?.[index] ?? String(index), probability: probabilities[index]! };
  });
  return { ...told[0]!, top: told };
}

function checkedClassifier(classifier: Classifier): Classifier {
  if (typeof classifier !== "object" || classifier === null || !("model" in classifier)) {
    throw new InputError("predict", "a classifier with model and parameters", shown(classifier));
  }
  const { temperature = 1, model } = classifier;
  if (typeof model !== "object" || model === null || !("graph" in model)) {
    throw new InputError("predict", "a model that is built for images", shown(model));
  }
  if (!(Number.isFinite(temperature) && temperature > 0)) {
    throw new InputError("predict", "temperature to be a number above 0", shown(temperature));
  }
  return classifier;
}

function* checkedPictures(pictures: Iterable<Pixels>): Iterable<Pixels> {
  if (typeof Object(pictures)[Symbol.iterator] !== "function" || typeof pictures === "string") {
    throw new InputError("predict", "pictures, a list", shown(pictures));
  }
  let index = 0;
  for (const picture of pictures) {
    const where = `predict: picture ${index++}`;
    const { rows, columns, channels, values } = Object(picture) as Pixels;
    checkWhole(where, "rows", rows, 1);
    checkWhole(where, "columns", columns, 1);
    checkWhole(where, "channels", channels, 1, 4);
    const size = rows * columns * channels;
    if (!(values instanceof Uint8Array) || values.length !== size) {
      throw new InputError(where, `values in a Uint8Array of ${size} bytes`, shown(values));
    }
    yield picture;
  }
}
