import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { type NpyArray, parseNpy } from "../../../formats/npy-array.js";
import { baseName, type NamedFile, type NamedFiles } from "./named-files.js";
import { checkImageBytes, type RawSet, type RawSets } from "./raw-sets.js";

/** Names of arrays in use, by what they hold; the first that is there counts. */
const names = {
  trainImages: ["x_train", "train_images", "train_x", "X_train", "images_train", "train_data"],
  trainLabels: ["y_train", "train_labels", "train_y", "Y_train", "labels_train", "train_targets"],
  validationImages: ["x_val", "val_images", "val_x", "X_val", "x_valid", "images_val"],
  validationLabels: ["y_val", "val_labels", "val_y", "Y_val", "y_valid", "labels_val"],
  testImages: ["x_test", "test_images", "test_x", "X_test", "images_test", "test_data"],
  testLabels: ["y_test", "test_labels", "test_y", "Y_test", "labels_test", "test_targets"],
  images: ["images", "x", "X", "data", "arr_0"],
  labels: ["labels", "y", "Y", "targets", "target", "arr_1"],
} as const;

type Role = keyof typeof names;

/** Each role's array, where there is one. */
export type ArrayFiles = Partial<Record<Role, NamedFile>>;

/** NumPy arrays among files: `x_train.npy` and the other usual names; undefined without images and labels. */
export function findArrays({ files }: NamedFiles): ArrayFiles | undefined {
  const byName = new Map(
    files
      .filter(({ name }) => name.endsWith(".npy"))
      .map((file) => [baseName(file.name).slice(0, -4), file]),
  );
  const found: ArrayFiles = {};
  for (const [role, spellings] of Object.entries(names) as [Role, readonly string[]][]) {
    const name = spellings.find((each) => byName.has(each));
    if (name !== undefined) found[role] = byName.get(name)!;
  }
  const isWhole = found.trainImages
    ? found.trainLabels !== undefined
    : found.images && found.labels;
  return isWhole ? found : undefined;
}

/**
 * Reads images and labels from NumPy arrays: `uint8`, or floating point in 0..1 or 0..255; one channel or three, first
 * or last.
 *
 * @throws InputError naming the array that has another type, shape or length
 */
export async function readArrays(
  { read }: Pick<NamedFiles, "read">,
  found: ArrayFiles,
): Promise<RawSets> {
  const done = new Set<string>();
  const part = async (images: NamedFile | undefined, labels: NamedFile | undefined) => {
    if (!images || !labels) return undefined;
    const pictures = imagesOf(parseNpy(await read(images), images.path), images.path, done);
    const marks = labelsOf(parseNpy(await read(labels), labels.path), labels.path);
    if (marks.length !== pictures.count) {
      const expected = `${pictures.count} labels, one for each image in ${images.path}`;
      throw new InputError(labels.path, expected, String(marks.length));
    }
    return { ...pictures, labels: marks };
  };
  const train =
    (await part(found.trainImages, found.trainLabels)) ?? (await part(found.images, found.labels))!;
  const validation = await part(found.validationImages, found.validationLabels);
  const test = await part(found.testImages, found.testLabels);
  const { rows, columns, channels } = train;
  for (const [other, file] of [
    [validation, found.validationImages],
    [test, found.testImages],
  ] as const) {
    if (!other) continue;
    const shape = `${other.rows}×${other.columns}×${other.channels}`;
    if (shape === `${rows}×${columns}×${channels}`) continue;
    throw new InputError(file!.path, `images of ${rows}×${columns}×${channels}`, shape);
  }
  return {
    ...{ rows, columns, channels, train },
    ...(validation && { validation }),
    ...(test && { test }),
    done: [...done],
  };
}

type Images = Omit<RawSet, "labels"> & { rows: number; columns: number; channels: number };

function imagesOf(array: NpyArray, where: string, done: Set<string>): Images {
  const { shape, values } = array;
  const [count = 0, ...rest] = shape;
  const first = rest.length === 3 && isChannels(rest[0]) && !isChannels(rest[2]);
  const [rows, columns, channels] = first
    ? [rest[1]!, rest[2]!, rest[0]!]
    : [rest[0] ?? 0, rest[1] ?? 0, rest[2] ?? 1];
  const isRank = rest.length === 2 || rest.length === 3;
  if (!isRank || count < 1 || rows < 1 || columns < 1 || !isChannels(channels)) {
    const expected = "images of shape [count, rows, columns], with 1 or 3 channels first or last";
    throw new InputError(where, expected, `shape [${shape.join(", ")}]`);
  }
  checkImageBytes(where, count, rows * columns * channels);
  const bytes = bytesOf(values, where, done);
  if (!first) return { count, rows, columns, channels, images: bytes };
  done.add("arrays with channels first were reordered to channels last");
  const images = new Uint8Array(bytes.length);
  const plane = rows * columns;
  for (let at = 0; at < bytes.length; at++) {
    const [image, within] = [Math.floor(at / (plane * channels)), at % (plane * channels)];
    const [channel, pixel] = [Math.floor(within / plane), within % plane];
    images[image * plane * channels + pixel * channels + channel] = bytes[at]!;
  }
  return { count, rows, columns, channels, images };
}

function isChannels(size: number | undefined): boolean {
  return size === 1 || size === 3;
}

/** Pixels as bytes; numbers of 0..1 are multiplied by 255. */
function bytesOf(values: NpyArray["values"], where: string, done: Set<string>): Uint8Array {
  if (values instanceof Uint8Array) return values;
  let largest = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!(value >= 0 && value <= 255)) {
      throw new InputError(where, "pixels of 0..255 or 0..1", `${value} as value ${at}`);
    }
    largest = Math.max(largest, value);
  }
  const isShare =
    largest <= 1 && (values instanceof Float32Array || values instanceof Float64Array);
  if (isShare) done.add("pixels of 0..1 were multiplied by 255 and rounded");
  const factor = isShare ? 255 : 1;
  return Uint8Array.from(values, (value) => Math.floor(value * factor + 0.5));
}

/** Whole numbers, or rows with a 1 for the class and 0 elsewhere. */
function labelsOf({ shape, values }: NpyArray, where: string): Int32Array {
  const [count = 0, width = 1] = shape;
  if (shape.length > 2 || shape.length === 0 || count * width !== values.length) {
    throw new InputError(where, "labels of shape [count]", `shape [${shape.join(", ")}]`);
  }
  return Int32Array.from({ length: count }, (_, index) => {
    if (width === 1) {
      const value = values[index]!;
      if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
      throw new InputError(where, "labels that are whole numbers", excerpt(value));
    }
    const row = values.subarray(index * width, (index + 1) * width);
    const label = row.indexOf(1);
    if (label >= 0 && row.every((value, at) => value === Number(at === label))) return label;
    throw new InputError(where, "labels, or rows with a single 1", `other numbers in row ${index}`);
  });
}
