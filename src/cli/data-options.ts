import type { Command } from "commander";
import type { Dataset } from "../data/dataset.js";
import { distortedNames } from "../data/sources/distorted-names.js";
import type { PictureOptions } from "../data/sources/sets/picture-options.js";
import { type Fit, fits } from "../data/transforms/fit.js";
import { InputError } from "../errors.js";
import { oneOf, path, shown, wholeNumber } from "./option-values.js";
import { recordedData } from "./recorded-data.js";

/** What `--data` takes, for the help of each command. */
export const dataValues = `auto, mnist, digits, fashion-mnist, kmnist, ${distortedNames.join(", ")}, or a path: pictures in folders by class, an IDX set, CSV, NumPy, CIFAR or zip files`;

/** The options of a command that say which data it reads, and how. */
export interface DataArguments extends PictureOptions {
  readonly data?: string;
}

/** Which data are read, and how. */
export interface DataChoice {
  readonly choice: string;
  readonly options: PictureOptions;
}

/** Adds `--data` and the options that belong to it. @param fallback what is read without it */
export function addDataOptions(command: Command, where: string, fallback: string): Command {
  return addPictureOptions(
    command.option("--data <name>", `${dataValues} (default: ${fallback})`, path(where, "--data")),
    where,
  );
}

/** Adds the options that say how pictures are read. */
export function addPictureOptions(command: Command, where: string): Command {
  return command
    .option(
      "--size <n>",
      "with a path: rows and columns that all images get, 32 or 32x48 (default: those that they all have)",
      sizeOf(where),
    )
    .option(
      "--fit <how>",
      "how an image of another shape gets this size: pad, crop or stretch (default: pad)",
      oneOf<Fit>(where, "--fit", fits),
    )
    .option("--grey", "with a path: colours become grey")
    .option("--skip-unreadable", "with a path: leave out files that cannot be read")
    .option(
      "--train-images <n>",
      "only so many of the training images, of each class the same share (default: all)",
      wholeNumber(where, "--train-images", 1),
    );
}

function sizeOf(where: string): (text: string) => readonly [number, number] {
  return (text) => {
    const match = /^(\d{1,4})(?:[x×](\d{1,4}))?$/.exec(text);
    const [rows, columns] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (rows >= 1 && columns >= 1) return [rows, columns];
    throw new InputError(where, "--size to be pixels such as 32 or 32x48", shown(text));
  };
}

/** The options that were given. */
export function pictureOptions({
  size,
  fit,
  grey,
  skipUnreadable,
  trainImages,
}: PictureOptions): PictureOptions {
  return {
    ...(size !== undefined && { size }),
    ...(fit !== undefined && { fit }),
    ...(grey !== undefined && { grey }),
    ...(skipUnreadable !== undefined && { skipUnreadable }),
    ...(trainImages !== undefined && { trainImages }),
  };
}

/**
 * The data that a command reads: those of `--data`; else those of a run, read as they were; else a default.
 *
 * @throws InputError where options say how data are read that `--data` does not choose
 */
export function chosenData(
  where: string,
  args: DataArguments,
  recorded: Pick<Dataset, "name" | "source" | "options"> | undefined,
  fallback = "auto",
): DataChoice {
  const options = pictureOptions(args);
  if (args.data !== undefined) return { choice: args.data, options };
  if (Object.keys(options).length > 0) {
    const [first] = Object.keys(options);
    const option = `--${first!.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new InputError(where, `${option} only with --data PATH`, `${option} alone`);
  }
  if (recorded === undefined) return { choice: fallback, options: {} };
  return { choice: recordedData(recorded), options: recorded.options ?? {} };
}
