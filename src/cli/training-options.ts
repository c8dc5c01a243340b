import type { Command } from "commander";
import { trainingDefaults } from "../train/defaults.js";
import { learningRate, positiveNumber, wholeNumber } from "./option-values.js";

/** The options of a training besides its recipe's sections. */
export interface TrainingArguments {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly validation?: number;
  readonly patience?: number;
}

/**
 * Adds `--epochs`, `--batch-size`, `--learning-rate`, `--validation` and `--patience`.
 *
 * @param heldOut what `--validation` means to this command, after "training images to hold out"
 */
export function addTrainingOptions(command: Command, where: string, heldOut: string): Command {
  return command
    .option(
      "--epochs <n>",
      `passes over the training images (default: ${trainingDefaults.epochs})`,
      wholeNumber(where, "--epochs", 1),
    )
    .option(
      "--batch-size <n>",
      `images a step (default: ${trainingDefaults.batchSize})`,
      wholeNumber(where, "--batch-size", 1),
    )
    .option(
      "--learning-rate <x>",
      `step size, the highest of a schedule (default: ${trainingDefaults.learningRate})`,
      learningRate(where),
    )
    .option(
      "--validation <n>",
      `training images to hold out, a number or a share below 1: ${heldOut}`,
      positiveNumber(where, "--validation"),
    )
    .option(
      "--patience <n>",
      "end after so many epochs in a row without a higher validation accuracy",
      wholeNumber(where, "--patience", 1),
    );
}
