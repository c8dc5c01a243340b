import { Command } from "commander";
import { classifierNames } from "../../models/names.js";
import { recipe } from "../../papers/arslan-2021/recipe.js";
import { trainingDefaults } from "../../train/defaults.js";
import type { ReproduceArguments } from "../actions/reproduce.js";
import { dataValues } from "../data-options.js";
import { modelList, path, seed, wholeNumber } from "../option-values.js";

const where = "fovea reproduce";

/** `fovea reproduce` */
export function reproduceCommand(): Command {
  return new Command("reproduce")
    .description("train the study's models with its recipe and write a report that compares them")
    .option(
      "--epochs <n>",
      `passes over the training images (default: ${trainingDefaults.epochs})`,
      wholeNumber(where, "--epochs", 1),
    )
    .option("--paper", `the study's ${recipe.paperEpochs} epochs`)
    .option(
      "--seed <n>",
      `decides initial values, shuffles and dropout (default: ${trainingDefaults.seed})`,
      seed(where),
    )
    .option(
      "--models <list>",
      `models with commas between them (default: ${classifierNames.join(",")})`,
      modelList(where, "--models", classifierNames),
    )
    .option("--data <name>", `${dataValues} (default: auto)`)
    .option(
      "--threads <n>",
      "threads for all models together: a model each while there are enough, then several a model; the result has the same bits with any number (default: the processor's cores)",
      wholeNumber(where, "--threads", 1),
    )
    .option(
      "--out <dir>",
      "the folder for runs and report, new or empty (default: runs/<date>-reproduce-seed<n>)",
      path(where, "--out"),
    )
    .option(
      "--resume <dir>",
      "resume this folder: finished models are kept, --epochs may be more than before",
      path(where, "--resume"),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ fovea reproduce
  $ fovea reproduce --epochs 20 --models cnn,stn --seed 3
  $ fovea reproduce --paper --data mnist --out runs/paper
  $ fovea reproduce --resume runs/paper`,
    )
    .action(async (options: ReproduceArguments) => {
      const action = await import("../actions/reproduce.js");
      await action.runReproduce(options);
    });
}
