import { InputError } from "../../../errors.js";
import { thousands } from "../../../numbers.js";
import { sha256 } from "../../../sha256.js";
import type { Allocate } from "../../allocate.js";
import { checkDataset } from "../../check-dataset.js";
import type { Dataset, ImageSet } from "../../dataset.js";
import { indicesByLabel, randomIndices } from "../../split.js";
import { toColour, toGrey } from "../../transforms/colours.js";
import { fitTo } from "../../transforms/fit.js";
import { joined } from "./cifar.js";
import type { PictureOptions } from "./picture-options.js";
import { checkImageBytes, type RawSet, type RawSets } from "./raw-sets.js";

/** Where no test part is given: a fifth of each class, chosen by seed 0. */
const testShare = 0.2;
const splitSeed = 0;
/** Digits behind the point of a mean and a deviation. */
const places = 4;

/** A data set, and what was done to make it, a line each. */
export interface MadeDataset {
  readonly data: Dataset;
  readonly done: readonly string[];
}

/**
 * A data set of what a source holds: with a test part, labels from 0 on, images of the size asked for, and the mean and
 * deviation of the training pixels of each channel.
 *
 * @param options `size`, `fit` and `grey` that the images do not have yet
 * @throws InputError where labels or images fit no data set
 */
export function datasetOf(
  raw: RawSets,
  facts: { readonly name: string; readonly source: string; readonly options: PictureOptions },
  allocate: Allocate,
): MadeDataset {
  const { name, source, options } = facts;
  const done = [...raw.done];
  const parts = withTest(raw, done);
  const { least, most } = labelRange(parts, source);
  const first = least === 1 && raw.classNames?.length !== most + 1 ? 1 : 0;
  if (first === 1) done.push(`labels 1..${most} became 0..${most - 1}`);
  const classes = raw.classNames?.length ?? most - first + 1;
  if (most - first >= classes) {
    throw new InputError(source, `labels of ${classes} classes`, String(most));
  }
  done.push(...missingClasses(parts, first, classes, raw.classNames));
  const shape = fittedShape(raw, options, done);
  const made = (set: RawSet): ImageSet => {
    checkImageBytes(source, set.count, shape.rows * shape.columns * shape.channels);
    const images = fitted(raw, set, shape, options, allocate);
    const labels = allocate(set.count);
    for (let at = 0; at < set.count; at++) labels[at] = set.labels[at]! - first;
    return { count: set.count, images, labels };
  };
  const train = made(parts.train);
  const test = made(parts.test);
  const data: Dataset = {
    name,
    ...shape,
    classes,
    ...(raw.classNames && { classNames: raw.classNames }),
    ...pixelStatistics(train.images, shape.channels),
    train,
    test,
    digest: sha256(train.images, train.labels, test.images, test.labels),
    source,
    ...(Object.keys(options).length > 0 && { options }),
  };
  checkDataset(source, data);
  return { data, done };
}

/** Training and test images: where one is missing, of another part or a share of the training images. */
function withTest(
  { train, validation, test, classNames }: RawSets,
  done: string[],
): { readonly train: RawSet; readonly test: RawSet } {
  if (test && validation) {
    done.push(`the ${thousands(validation.count)} validation images were added to training`);
    return { train: joined([train, validation]), test };
  }
  if (test) return { train, test };
  if (validation) {
    done.push("there is no test part: the validation images are the test images");
    return { train, test: validation };
  }
  const split = stratified(train, classNames?.length);
  done.push(
    `there is no test part: ${thousands(split.test.count)} of ${thousands(train.count)} images, a fifth of each class, became the test images (seed ${splitSeed})`,
  );
  return split;
}

function stratified(set: RawSet, classes: number | undefined) {
  const byLabel = indicesByLabel(set);
  const taken = new Set<number>();
  for (const [label, images] of byLabel) {
    const count = Math.min(images.length - 1, Math.max(1, Math.round(images.length * testShare)));
    const seed = (splitSeed + label) >>> 0;
    for (const index of randomIndices(images.length, count, seed)) taken.add(images[index]!);
  }
  if (taken.size === 0) {
    const got = `${set.count} images of ${classes ?? byLabel.size} classes`;
    throw new InputError("data", "two images or more of a class, to keep one for the test", got);
  }
  const pick = (isTest: boolean): RawSet => {
    const indices = Array.from({ length: set.count }, (_, at) => at).filter(
      (at) => taken.has(at) === isTest,
    );
    const size = set.images.length / set.count;
    const images = new Uint8Array(indices.length * size);
    indices.forEach((from, to) => {
      images.set(set.images.subarray(from * size, (from + 1) * size), to * size);
    });
    const labels = Int32Array.from(indices, (at) => set.labels[at]!);
    return { count: indices.length, images, labels };
  };
  return { train: pick(false), test: pick(true) };
}

function labelRange(parts: { readonly train: RawSet; readonly test: RawSet }, where: string) {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const { labels, count } of [parts.train, parts.test]) {
    for (let at = 0; at < count; at++) {
      least = Math.min(least, labels[at]!);
      most = Math.max(most, labels[at]!);
    }
  }
  if (most - Math.min(least, 1) > 255) {
    throw new InputError(where, "labels of at most 256 classes", `a label ${most}`);
  }
  return { least, most };
}

/** Names of classes that a message tells. */
const mostNamed = 3;

/** A line for each part without any image of some classes: such a class is never learned, or never tested. */
function missingClasses(
  parts: { readonly train: RawSet; readonly test: RawSet },
  first: number,
  classes: number,
  classNames: readonly string[] | undefined,
): string[] {
  return (["train", "test"] as const).flatMap((part) => {
    const { count, labels } = parts[part];
    const seen = new Set(Array.from({ length: count }, (_, at) => labels[at]!));
    const missing = Array.from({ length: classes }, (_, label) => label).filter(
      (label) => !seen.has(label + first),
    );
    if (missing.length === 0) return [];
    const names = missing.slice(0, mostNamed).map((label) => classNames?.[label] ?? label);
    const more = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : "";
    const kind = part === "train" ? "training" : "test";
    return [`there are no ${kind} images of ${names.join(", ")}${more}`];
  });
}

type Shape = Pick<Dataset, "rows" | "columns" | "channels">;

function fittedShape(
  raw: RawSets,
  { size, fit: how, grey }: PictureOptions,
  done: string[],
): Shape {
  const [rows, columns] = size ?? [raw.rows, raw.columns];
  if (rows !== raw.rows || columns !== raw.columns) {
    const from = `${raw.rows}×${raw.columns}`;
    done.push(`images of ${from} were brought to ${rows}×${columns} (${how ?? "pad"})`);
  }
  const channels = grey ? 1 : raw.channels;
  if (channels !== raw.channels) done.push("colours became grey");
  return { rows, columns, channels };
}

/** The images as they are to be, in memory of `allocate`. */
function fitted(
  raw: RawSets,
  set: RawSet,
  shape: Shape,
  options: PictureOptions,
  allocate: Allocate,
): Uint8Array {
  const from = raw.rows * raw.columns * raw.channels;
  const size = shape.rows * shape.columns * shape.channels;
  const images = allocate(set.count * size);
  const isSame = shape.rows === raw.rows && shape.columns === raw.columns && from === size;
  if (isSame) {
    images.set(set.images);
    return images;
  }
  for (let image = 0; image < set.count; image++) {
    const values = set.images.subarray(image * from, (image + 1) * from);
    const { rows, columns, channels } = raw;
    const picture = { rows, columns, channels, values };
    const coloured = shape.channels === 1 ? toGrey(picture) : picture;
    const { values: bytes } = fitTo(coloured, shape.rows, shape.columns, options.fit ?? "pad");
    images.set(shape.channels === 3 && channels === 1 ? toColour(bytes) : bytes, image * size);
  }
  return images;
}

/** Mean and deviation of the pixels / 255 of each channel, to four digits: a number, or a list of several. */
export function pixelStatistics(
  images: Uint8Array,
  channels: number,
): Pick<Dataset, "mean" | "std"> {
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (let at = 0; at < images.length; at++) counts[at % channels]![images[at]!]!++;
  const found = counts.map((count) => {
    let [sum, squares] = [0, 0];
    count.forEach((times, byte) => {
      sum += times * byte;
      squares += times * byte * byte;
    });
    const total = images.length / channels;
    const mean = sum / total;
    const std = Math.sqrt(Math.max(0, squares / total - mean * mean)) / 255;
    // Images without any contrast are divided by 1.
    return { mean: rounded(mean / 255), std: rounded(std) || 1 };
  });
  if (channels === 1) return found[0]!;
  return { mean: found.map(({ mean }) => mean), std: found.map(({ std }) => std) };
}

function rounded(value: number): number {
  return Number(value.toFixed(places));
}
