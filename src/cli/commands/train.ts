import { Command } from "commander";
import { modelNames } from "../../models/names.js";
import { trainingDefaults } from "../../train/defaults.js";
import type { TrainArguments } from "../actions/train.js";
import { addDataOptions } from "../data-options.js";
import {
  nonEmpty,
  path,
  seed,
  settings,
  settingsHelp,
  threadsDefault,
  wholeNumber,
} from "../option-values.js";
import { addRecipeOptions } from "../recipe-options.js";
import { addTrainingOptions } from "../training-options.js";

const where = "fovea train";

/** `fovea train [MODEL]` */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train one model and keep it in a run folder")
    .usage("MODEL [options]\n       fovea train --resume RUN [options]")
    .argument(
      "[MODEL]",
      `${modelNames.join(", ")}; a module that exports a definition as default (./my-net.ts, .mjs); a model.json; or a folder of fovea import, which begins with its weights and takes images as they do`,
      nonEmpty(where, "MODEL"),
    )
    .option("--set <options>", settingsHelp, settings)
    .option(
      "--seed <n>",
      `decides initial values, shuffles and dropout (default: ${trainingDefaults.seed})`,
      seed(where),
    );
  addTrainingOptions(
    command,
    where,
    "epochs are validated on these, and the best is scored once on the test images (default: none, validation is on the test images)",
  );
  return addDataOptions(addRecipeOptions(command, where), where, "auto")
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
    .option(
      "--from <file>",
      "begin with the weights of this .safetensors or PyTorch .pt file, or of a run, in place of the seed's",
      path(where, "--from"),
    )
    .option(
      "--map <file>",
      "JSON of { theirs: ours } for a file of --from whose tensors have other names; * stands for any characters",
      path(where, "--map"),
    )
    .option(
      "--entry <name>",
      "which state dict of a PyTorch file of --from with several",
      nonEmpty(where, "--entry"),
    )
    .option(
      "--tensorboard <dir>",
      "also write an event file that TensorBoard follows (tensorboard --logdir DIR)",
      path(where, "--tensorboard"),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ fovea train stn
  $ fovea train ./my-net.ts --data digits --set width=24
  $ fovea train runs/2026-11-23-142530-stn-seed0/model.json --seed 1
  $ fovea train mha --epochs 20 --seed 7 --out runs/mha-seven
  $ fovea train --resume runs/mha-seven --epochs 40
  $ fovea train cnn --data ./pictures --size 28 --grey
  $ fovea train cnn --epochs 50 --validation 5000 --patience 8
  $ fovea train stn --epochs 30 --learning-rate 0.003 --optimizer adamw --weight-decay 0.05 \\
      --schedule one-cycle --clip-norm 1 --group '*.bias: weightDecay=0' --label-smoothing 0.1`,
    )
    .action(async (model: string | undefined, options: TrainArguments) => {
      const action = await import("../actions/train.js");
      await action.runTrain(model, options);
    });
}
