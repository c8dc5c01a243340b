import { Command } from "commander";
import type { PredictArguments } from "../actions/predict.js";
import { addDataOptions } from "../data-options.js";
import { path, threadsDefault, wholeNumber } from "../option-values.js";
import { addPreprocessing } from "../preprocessing-options.js";
import { addWeightsOptions } from "../weights-options.js";

const where = "fovea predict";

/** `fovea predict RUN|FILE PICTURE...` */
export function predictCommand(): Command {
  const command = new Command("predict")
    .description("say what a trained model takes pictures for")
    .argument(
      "<RUN|FILE>",
      "a run folder, whose best weights are taken, a folder of fovea import, or a .safetensors or PyTorch .pt file",
      path(where, "RUN|FILE"),
    )
    .argument(
      "<PICTURE...>",
      "PNG, JPEG, BMP, PGM or PPM files of any size and colour, folders of them, or - for standard input",
    )
    .option(
      "--top <n>",
      "classes to tell of each picture, the likeliest first (default: 3)",
      wholeNumber(where, "--top", 1),
    )
    .option(
      "--calibrate",
      "probabilities at the temperature that fits the images held out (needs a run with --validation); fitted and kept in the run where that was not done before",
    )
    .option(
      "--explain <dir>",
      "also write what the network's transformer and attention do with each picture, as SVG and PNG",
      path(where, "--explain"),
    )
    .option("--json", "print JSON: a list of file, class, probability, top (class, probability)")
    .option(
      "--csv",
      "print CSV: file, class, probability, then class and probability of the others",
    )
    .option(
      "--threads <n>",
      `worker threads (${threadsDefault})`,
      wholeNumber(where, "--threads", 1),
    );
  const weights = addWeightsOptions(command, where);
  return addPreprocessing(
    addDataOptions(weights, where, "for a file, what it says of its data, or mnist; a run knows"),
    where,
  )
    .addHelpText(
      "after",
      `
Each picture is brought into the form of the training images: their size, their channels, and light on dark where they
are so. One that cannot be read is told on stderr by its name, the others are classified, and the exit code is 2.

Examples:
  $ fovea predict runs/2026-11-23-142530-stn-seed0 seven.png
  $ fovea predict runs/pets photos/ --top 5 --json
  $ cat seven.jpg | fovea predict runs/2026-11-23-142530-stn-seed0 - --csv
  $ fovea predict runs/2026-11-23-142530-stn-seed0 seven.png --explain seen`,
    )
    .action(async (target: string, pictures: string[], options: PredictArguments) => {
      const action = await import("../actions/predict.js");
      await action.runPredict(target, pictures, options);
    });
}
