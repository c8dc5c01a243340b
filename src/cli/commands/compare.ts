import { Command } from "commander";
import { modelNames } from "../../models/names.js";
import type { CompareArguments } from "../actions/compare.js";
import { addDataOptions } from "../data-options.js";
import { isModulePath } from "../model-module.js";
import { path, positiveNumber, wholeNumber } from "../option-values.js";
import { addRecipeOptions } from "../recipe-options.js";
import { addTrainingOptions } from "../training-options.js";

const where = "fovea compare";

/** `fovea compare MODEL MODEL…`, `fovea compare RUN…` */
export function compareCommand(): Command {
  const command = new Command("compare")
    .description("which model is better, by how much, and how sure that is")
    .usage("MODEL MODEL... [options]\n       fovea compare RUN|FOLDER... [--json]")
    .argument(
      "<MODEL...>",
      "models, which are trained with several seeds; or run folders and folders of runs or studies",
      several,
    )
    .option("--seeds <n>", "seeds per model, from 0 (default: 5)", wholeNumber(where, "--seeds", 1))
    .option(
      "--until-decided",
      "add seeds until one is better, or the difference is below --difference; valid however often it looks",
    )
    .option(
      "--difference <points>",
      "with --until-decided: the smallest difference that matters, percentage points",
      positiveNumber(where, "--difference"),
    )
    .option(
      "--max-seeds <n>",
      "with --until-decided: the most seeds per model (default: 60)",
      wholeNumber(where, "--max-seeds", 5),
    );
  addTrainingOptions(
    command,
    where,
    "the best epoch on them is compared (default: none, the last epoch is)",
  );
  return addRecipeOptions(addDataOptions(command, where, "auto"), where)
    .option(
      "--threads <n>",
      "threads for all runs together: a run each while there are enough (default: the processor's cores)",
      wholeNumber(where, "--threads", 1),
    )
    .option(
      "--out <dir>",
      "the study's folder, where the report goes, too; runs that it has are not trained again (default: runs/compare-<models>-<settings>). With runs: where their report goes",
      path(where, "--out"),
    )
    .option(
      "--json",
      "{ models: [{ model, seeds, values, mean, interval, collapsed }], pairs: [{ a, b, difference, interval, p, pHolm, verdict, seedsNeeded }] }; intervals [low, high] in points",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ fovea compare stn cnn --seeds 10 --data mnist
  $ fovea compare ./my-net.ts cnn --until-decided --difference 0.1
  $ fovea compare runs/compare-stn-cnn-1a2b3c4d runs/2026-11-23-142530-stn-seed0`,
    )
    .action(async (given: string[], options: CompareArguments) => {
      const isModel = (text: string) =>
        modelNames.some((name) => name === text) || isModulePath(text);
      if (given.some(isModel)) {
        const action = await import("../actions/compare.js");
        await action.compareModelsByTraining(given, options);
      } else {
        const action = await import("../actions/compare-runs.js");
        action.compareTrained(given, options);
      }
    });
}

/** Parses one more argument of several. */
function several(text: string, before: readonly string[] = []): string[] {
  return [...before, path(where, "MODEL")(text)];
}
