import { Command } from "commander";
import { modelNames } from "../../models/names.js";
import { trainingDefaults } from "../../train/defaults.js";
import type { TrainArguments } from "../actions/train.js";
import {
  learningRate,
  nonEmpty,
  path,
  positiveNumber,
  seed,
  settings,
  settingsHelp,
  threadsDefault,
  wholeNumber,
} from "../option-values.js";
import { addRecipeOptions } from "../recipe-options.js";

const where = "fovea train";

/** `fovea train [MODEL]` */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train one model and keep it in a run folder")
    .usage("MODEL [options]\n       fovea train --resume RUN [options]")
    .argument(
      "[MODEL]",
      `${modelNames.join(", ")}, or a module that exports a definition as default (./my-net.ts, .mjs)`,
      nonEmpty(where, "MODEL"),
    )
    .option("--set <options>", settingsHelp, settings)
    .option(
      "--epochs <n>",
      `passes over the training images (default: ${trainingDefaults.epochs})`,
      wholeNumber(where, "--epochs", 1),
    )
    .option(
      "--seed <n>",
      `decides initial values, shuffles and dropout (default: ${trainingDefaults.seed})`,
      seed(where),
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
      "training images to hold out, a number or a share below 1: epochs are validated on these, and the best is scored once on the test images (default: none, validation is on the test images)",
      positiveNumber(where, "--validation"),
    )
    .option(
      "--patience <n>",
      "end after so many epochs in a row without a higher validation accuracy",
      wholeNumber(where, "--patience", 1),
    );
  return addRecipeOptions(command, where)
    .option("--data <name>", "auto, mnist, digits, or a folder with MNIST")
    .option(
      "--threads <n>",
      `worker threads; the result has the same bits with any number (${threadsDefault})`,
      wholeNumber(where, "--threads", 1),
    )
    .option(
      "--out <dir>",
      "the run folder, new or empty (default: runs/<date>-<model>-seed<n>)",
      path(where, "--out"),
    )
    .option(
      "--resume <run>",
      "resume this run folder; --epochs may be more than before",
      path(where, "--resume"),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ fovea train stn
  $ fovea train ./my-net.ts --data digits --set width=24
  $ fovea train mha --epochs 20 --seed 7 --out runs/mha-seven
  $ fovea train --resume runs/mha-seven --epochs 40
  $ fovea train cnn --epochs 50 --validation 5000 --patience 8
  $ fovea train stn --epochs 30 --learning-rate 0.003 --optimizer adamw --weight-decay 0.05 \\
      --schedule one-cycle --clip-norm 1 --group '*.bias: weightDecay=0' --label-smoothing 0.1`,
    )
    .action(async (model: string | undefined, options: TrainArguments) => {
      const action = await import("../actions/train.js");
      await action.runTrain(model, options);
    });
}
