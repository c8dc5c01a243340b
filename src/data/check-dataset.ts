import { checkWhole, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import type { ImageShape } from "../graph/graph.js";
import type { Dataset, ImageSet } from "./dataset.js";

/**
 * Makes sure that a data set is what its type says, since it may come from plain JavaScript: kernels
 * read labels and pixels without looking.
 *
 * @param where who asks, for the message
 * @throws InputError naming the first thing that does not fit
 */
export function checkDataset(where: string, data: Dataset): void {
  if (typeof data !== "object" || data === null) {
    throw new InputError(where, "data to be a data set", shown(data));
  }
  for (const field of ["channels", "rows", "columns", "classes"] as const) {
    checkWhole(where, `data.${field}`, data[field], 1);
  }
  checkStatistics(where, data);
  checkClassNames(where, data);
  for (const name of ["train", "test"] as const) {
    const set = data[name];
    checkImageSet(where, `data.${name}`, set, data);
    const wrong = set.labels.findIndex((label) => label >= data.classes);
    if (wrong < 0) continue;
    const expected = `labels of data.${name} in 0..${data.classes - 1}`;
    throw new InputError(where, expected, `${set.labels[wrong]} at image ${wrong}`);
  }
}

/** A number for all channels, or a list with one for each. */
function checkStatistics(where: string, { mean, std, channels }: Dataset): void {
  if (isStatistic(mean, channels, Number.isFinite) && isStatistic(std, channels, isAboveZero))
    return;
  const lists = channels === 1 ? "" : `, or lists of ${channels}, one a channel`;
  const expected = `data.mean to be a number and data.std one above 0${lists}`;
  throw new InputError(where, expected, `${shown(mean)} and ${shown(std)}`);
}

function isStatistic(
  numbers: number | readonly number[],
  channels: number,
  isRight: (value: unknown) => boolean,
): boolean {
  if (!Array.isArray(numbers)) return isRight(numbers);
  return numbers.length === channels && numbers.every(isRight);
}

function isAboveZero(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) > 0;
}

/** Printable: no control or format characters, no line breaks, and something to see. */
const printable = /^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]+$/u;

function checkClassNames(where: string, { classNames, classes }: Dataset): void {
  if (classNames === undefined) return;
  if (!Array.isArray(classNames) || classNames.length !== classes) {
    const got = Array.isArray(classNames) ? String(classNames.length) : shown(classNames);
    throw new InputError(where, `data.classNames to be ${classes} names, one a class`, got);
  }
  classNames.forEach((name, index) => {
    const got = `${excerpt(name)} for class ${index}`;
    if (typeof name !== "string" || !printable.test(name)) {
      throw new InputError(where, "data.classNames to be printable and not empty", got);
    }
    if (classNames.indexOf(name) < index) {
      throw new InputError(where, "data.classNames that differ", `${got}, as before`);
    }
  });
}

/** Makes sure that a set has as many bytes and labels as it says that it has images. */
export function checkImageSet(where: string, what: string, set: ImageSet, shape: ImageShape): void {
  const { count, images, labels } = Object(set) as ImageSet;
  if (!(images instanceof Uint8Array) || !(labels instanceof Uint8Array)) {
    throw new InputError(where, `${what} with images and labels as Uint8Array`, shown(set));
  }
  checkWhole(where, `${what}.count`, count, 1);
  const { channels, rows, columns } = shape;
  if (images.length !== count * rows * columns * channels || labels.length !== count) {
    const expected = `${what} with images of ${rows}×${columns}×${channels} bytes and a label each`;
    const got = `count ${count}, ${images.length} bytes and ${labels.length} labels`;
    throw new InputError(where, expected, got);
  }
}
