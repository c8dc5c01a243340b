import type { Command } from "commander";
import { InputError } from "../errors.js";
import { givenPreprocessing, type Preprocessing } from "../train/preprocessing.js";
import { finiteNumber, positiveNumber } from "./option-values.js";

/** Adds `--mean`, `--std` and `--align-corners` to a command that takes files of weights. */
export function addPreprocessing(command: Command, where: string): Command {
  return command
    .option(
      "--mean <m>",
      "what a file's network expects to be subtracted from pixel / 255, with --std (default: the data's)",
      finiteNumber(where, "--mean"),
    )
    .option(
      "--std <s>",
      "what it expects the difference to be divided by, with --mean (default: the data's)",
      positiveNumber(where, "--std"),
    )
    .option(
      "--align-corners",
      "a file's spatial transformer samples with align_corners=True, PyTorch's default before 1.3",
    );
}

/**
 * Checks that preprocessing was given for a file of weights, and as a whole.
 *
 * @param target what the weights are of: a run knows how its images went in
 * @throws InputError where it was not
 */
export function checkPreprocessing(
  where: string,
  given: Preprocessing,
  target: { readonly path: string; readonly isFile: boolean },
): void {
  if (givenPreprocessing(given) === undefined) return;
  if (!target.isFile) {
    const expected = "a file of weights with --mean, --std or --align-corners";
    throw new InputError(where, expected, target.path);
  }
  if ((given.mean === undefined) !== (given.std === undefined)) {
    const got = given.mean === undefined ? "--std" : "--mean";
    throw new InputError(where, "--mean and --std together", `${got} alone`);
  }
}

/** For people: `(x / 255 − 0.5) / 0.5, align_corners=True`. */
export function describePreprocessing({ mean, std, alignCorners }: Preprocessing): string {
  const parts = [
    ...(mean === undefined ? [] : [`(x / 255 − ${mean}) / ${std}`]),
    ...(alignCorners ? ["align_corners=True"] : []),
  ];
  return parts.join(", ");
}
