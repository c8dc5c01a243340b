import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { thousands } from "../../../numbers.js";
import { isPictureName } from "../pictures/decode.js";
import type { NamedFile, NamedFiles } from "./named-files.js";

/** A part of a data set. */
export type Part = "train" | "validation" | "test";

/** A picture, its part and class. */
export interface PictureFile {
  readonly file: NamedFile;
  readonly part: Part;
  readonly label: number;
}

/** A folder of pictures, by class. */
export interface PictureNames {
  readonly pictures: readonly PictureFile[];
  readonly classNames: readonly string[];
  /** Files that are no pictures by their names. */
  readonly others: number;
}

const partNames: Readonly<Record<string, Part>> = {
  train: "train",
  training: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  test: "test",
  testing: "test",
};

/** Labels are bytes. */
const mostClasses = 256;

/**
 * The pictures of a folder whose folders are classes, or parts (`train`, `val`, `test`) with classes in them; undefined
 * where there is no picture.
 *
 * @throws InputError where a picture is in no class, or a part has no training pictures
 */
export function findPictures({ root, files }: NamedFiles): PictureNames | undefined {
  const found = files.filter(({ name }) => isPictureName(name));
  if (found.length === 0) return undefined;
  const paths = found.map(({ name }) => name.split("/"));
  const skip = commonFolders(paths);
  const folders = paths.map((path) => path.slice(skip, -1));
  const hasParts = folders.every(([first]) => isPart(first));
  if (!hasParts) checkNoTrainingPart(root, folders);
  const classes = folders.map((path) => path[hasParts ? 1 : 0]);
  const without = classes.indexOf(undefined);
  if (without >= 0) {
    const count = classes.filter((name) => name === undefined).length;
    const expected = "every picture in a folder of its class";
    const got = `${thousands(count)} in none, such as ${excerpt(found[without]!.name)}`;
    throw new InputError(root, expected, got);
  }
  const classNames = sortedNames([...new Set(classes as string[])]);
  if (classNames.length > mostClasses) {
    const expected = `at most ${mostClasses} folders of classes`;
    throw new InputError(root, expected, thousands(classNames.length));
  }
  const labels = new Map(classNames.map((name, label) => [name, label]));
  const pictures = found.map(
    (file, index): PictureFile => ({
      file,
      part: hasParts ? partNames[folders[index]![0]!.toLowerCase()]! : "train",
      label: labels.get(classes[index]!)!,
    }),
  );
  if (!pictures.some(({ part }) => part === "train")) {
    throw new InputError(root, "pictures to train on, in a folder train", "none");
  }
  return { pictures, classNames, others: files.length - found.length };
}

function isPart(name: string | undefined): boolean {
  return name !== undefined && Object.hasOwn(partNames, name.toLowerCase());
}

/**
 * Refuses a folder `train` with folders in it beside folders that are no parts: their names would become classes, and
 * `train` and `val` as well. A class may be called so where its pictures lie in it directly.
 */
function checkNoTrainingPart(root: string, folders: readonly (readonly string[])[]): void {
  const whole = folders.find(
    ([first, second]) => isPart(first) && partNames[first!.toLowerCase()] === "train" && second,
  );
  const other = folders.find(([first]) => !isPart(first));
  if (whole === undefined || other === undefined) return;
  const expected = `beside ${excerpt(whole[0])} only folders train, val and test`;
  const got = other[0] === undefined ? "pictures in none" : `a folder ${excerpt(other[0])}`;
  throw new InputError(root, expected, got);
}

/**
 * How many folders all paths begin with alike, as where a zip file holds one folder: not those that are parts, nor the
 * last one, which is the class.
 */
function commonFolders(paths: readonly (readonly string[])[]): number {
  const [first] = paths;
  const deepest = Math.min(...paths.map((path) => path.length)) - 2;
  let skip = 0;
  while (skip < deepest) {
    const name = first![skip]!;
    if (isPart(name) || paths.some((path) => path[skip] !== name)) break;
    skip++;
  }
  return skip;
}

/** By number where all are numbers, else by character code: the same on every machine. */
function sortedNames(names: readonly string[]): string[] {
  const areNumbers = names.every((name) => /^\d{1,9}$/.test(name));
  return [...names].sort((a, b) => {
    if (areNumbers && Number(a) !== Number(b)) return Number(a) - Number(b);
    return a < b ? -1 : 1;
  });
}
