import { Command } from "commander";
import type { EvaluateArguments, ImageOrder } from "../actions/evaluate.js";
import { addDataOptions } from "../data-options.js";
import { oneOf, path, seed, threadsDefault, wholeNumber } from "../option-values.js";
import { addPreprocessing } from "../preprocessing-options.js";
import { addWeightsOptions } from "../weights-options.js";

const where = "fovea evaluate";

/** Orders of the test images. */
const orders: readonly ImageOrder[] = ["file", "class", "shuffled"];

/** `fovea evaluate RUN|FILE` */
export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description("count how many test images a trained model gets right")
    .argument(
      "<RUN|FILE>",
      "a run folder, whose best weights are taken, a folder of fovea import, or a .safetensors or PyTorch .pt file",
      path(where, "RUN|FILE"),
    )
    .option(
      "--batch-size <n>",
      "images evaluated together; matters only to models that look across the batch (default: the run's, or 64)",
      wholeNumber(where, "--batch-size", 1),
    )
    .option(
      "--order <order>",
      "order of the test images, which matters only to models that look across the batch: file, class (sorted), shuffled (default: file)",
      oneOf(where, "--order", orders),
    )
    .option("--seed <n>", "seed of --order shuffled (default: 0)", seed(where))
    .option(
      "--threads <n>",
      `worker threads (${threadsDefault})`,
      wholeNumber(where, "--threads", 1),
    )
    .option(
      "--calibrate",
      "fit a temperature on a run's images held out, keep it in the run, and tell the calibration error on the test images before and after",
    )
    .option(
      "--json",
      "print JSON: model, correct, total, accuracy, loss, data, batchSize, order, seed (of --order shuffled), weights, entry (where a file has others), unused, and where they apply prefix, preprocessing, notFinite, calibration (temperature, heldOutImages, errorBefore, errorAfter); NaN and infinity are texts",
    );
  const weights = addWeightsOptions(command, where);
  return addPreprocessing(addDataOptions(weights, where, "the run's, or auto"), where)
    .addHelpText(
      "after",
      `
Examples:
  $ fovea evaluate runs/2026-11-23-142530-stn-seed0
  $ fovea evaluate weights.safetensors --model mha --batch-size 1 --json
  $ fovea evaluate network.pt --order shuffled --seed 1
  $ fovea evaluate checkpoint.ckpt --entry state_dict_ema
  $ fovea evaluate old_stn.pt --mean 0.5 --std 0.5 --align-corners`,
    )
    .action(async (target: string, options: EvaluateArguments) => {
      const action = await import("../actions/evaluate.js");
      await action.runEvaluate(target, options);
    });
}
