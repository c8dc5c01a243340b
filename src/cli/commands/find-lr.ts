import { Command } from "commander";
import { modelNames } from "../../models/names.js";
import type { FindLrArguments } from "../actions/find-lr.js";
import {
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

const where = "fovea find-lr";

/** `fovea find-lr MODEL` */
export function findLrCommand(): Command {
  const command = new Command("find-lr")
    .description("draw the loss over a range of learning rates, and suggest one to train with")
    .argument(
      "<MODEL>",
      `${modelNames.join(", ")}, or a module that exports a definition as default (./my-net.ts, .mjs)`,
      nonEmpty(where, "MODEL"),
    )
    .option("--set <options>", settingsHelp, settings)
    .option("--data <name>", "auto, mnist, digits, or a folder with MNIST (default: auto)")
    .option("--from <x>", "the first rate (default: 0.00001)", positiveNumber(where, "--from"))
    .option("--to <x>", "the last rate (default: 10)", positiveNumber(where, "--to"))
    .option(
      "--steps <n>",
      "training steps, each with a higher rate than the one before (default: 200)",
      wholeNumber(where, "--steps", 20),
    )
    .option(
      "--seed <n>",
      "decides initial values and the order of images (default: 0)",
      seed(where),
    )
    .option(
      "--batch-size <n>",
      "images a step (default: 64)",
      wholeNumber(where, "--batch-size", 1),
    )
    .option(
      "--threads <n>",
      `worker threads (${threadsDefault})`,
      wholeNumber(where, "--threads", 1),
    );
  return addRecipeOptions(command, where)
    .option("--out <file>", "draw the curve as an .svg file or an .html page", path(where, "--out"))
    .option("--json", "print JSON: model, suggested, lowest, diverged, points")
    .addHelpText(
      "after",
      `
The rate grows exponentially from step to step. Nothing of this training is kept.

Examples:
  $ fovea find-lr cnn --data digits
  $ fovea find-lr ./my-net.ts --optimizer adamw --out rates.html
  $ fovea find-lr residual --from 1e-4 --to 1 --steps 100 --json`,
    )
    .action(async (model: string, options: FindLrArguments) => {
      const action = await import("../actions/find-lr.js");
      await action.runFindLr(model, options);
    });
}
