import { InputError } from "../errors.js";
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
    throw new InputError(where, "data to be a data set", String(data));
  }
  for (const field of ["channels", "rows", "columns", "classes"] as const) {
    const value = data[field];
    if (!Number.isInteger(value) || value < 1) {
      throw new InputError(
        where,
        `data.${field} to be a whole number of 1 or more`,
        JSON.stringify(value) ?? "nothing",
      );
    }
  }
  if (!Number.isFinite(data.mean) || !(data.std > 0)) {
    throw new InputError(
      where,
      "data.mean to be a number and data.std one above 0",
      `${data.mean} and ${data.std}`,
    );
  }
  checkClassNames(where, data);
  checkSet(where, "train", data);
  checkSet(where, "test", data);
}

/** Printable: no control or format characters, no line breaks, and something to see. */
const printable = /^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]+$/u;

function checkClassNames(where: string, { classNames, classes }: Dataset): void {
  if (classNames === undefined) return;
  if (!Array.isArray(classNames) || classNames.length !== classes) {
    const got = Array.isArray(classNames) ? String(classNames.length) : String(classNames);
    throw new InputError(where, `data.classNames to be ${classes} names, one a class`, got);
  }
  classNames.forEach((name, index) => {
    const shown = `${JSON.stringify(name)} for class ${index}`;
    if (typeof name !== "string" || !printable.test(name)) {
      throw new InputError(where, "data.classNames to be printable and not empty", shown);
    }
    if (classNames.indexOf(name) < index) {
      throw new InputError(where, "data.classNames that differ", `${shown}, as before`);
    }
  });
}

function checkSet(where: string, name: "train" | "test", data: Dataset): void {
  const set: ImageSet | undefined = data[name];
  if (!(set?.images instanceof Uint8Array) || !(set.labels instanceof Uint8Array)) {
    throw new InputError(where, `data.${name} with images and labels as Uint8Array`, String(set));
  }
  const bytes = set.count * data.rows * data.columns * data.channels;
  if (set.count < 1 || set.images.length !== bytes || set.labels.length !== set.count) {
    throw new InputError(
      where,
      `data.${name} with 1 or more images of ${data.rows}×${data.columns}×${data.channels} bytes and a label each`,
      `count ${set.count}, ${set.images.length} bytes and ${set.labels.length} labels`,
    );
  }
  const wrong = set.labels.findIndex((label) => label >= data.classes);
  if (wrong >= 0) {
    throw new InputError(
      where,
      `labels of data.${name} in 0..${data.classes - 1}`,
      `${set.labels[wrong]} at image ${wrong}`,
    );
  }
}
