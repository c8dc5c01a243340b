import { Command } from "commander";
import { checkNames } from "../../audit/check-names.js";
import { modelNames } from "../../models/names.js";
import type { AuditArguments } from "../audit-target.js";
import { addDataOptions } from "../data-options.js";
import {
  listOf,
  path,
  positiveNumber,
  seed,
  settings,
  settingsHelp,
  threadsDefault,
  wholeNumber,
} from "../option-values.js";
import { addPreprocessing } from "../preprocessing-options.js";
import { addNamedWeights } from "../weights-options.js";

const where = "fovea audit";

/** `fovea audit MODEL|RUN|FILE [RUN...]` */
export function auditCommand(): Command {
  const command = new Command("audit")
    .description("look for faults that make a model's accuracy misleading")
    .argument(
      "<MODEL|RUN|FILE>",
      `a run folder, whose best weights are taken, a .safetensors or PyTorch .pt file, or an untrained model: ${modelNames.join(", ")}, or a module (./my-net.ts, .mjs)`,
      path(where, "MODEL|RUN|FILE"),
    )
    .argument(
      "[RUN...]",
      "runs that differ from the first in nothing but the seed, for the noise",
      (text: string, before: readonly string[] = []) => [...before, path(where, "RUN")(text)],
    )
    .option("--set <options>", settingsHelp, settings)
    .option(
      "--only <checks>",
      `these checks, with commas between: ${checkNames.join(", ")}`,
      listOf(where, "--only", checkNames),
    )
    .option(
      "--images <n>",
      "test images for checks that classify them many times (default: 2000)",
      wholeNumber(where, "--images", 1),
    )
    .option(
      "--selection-epochs <n>",
      "epochs to train with images held out; 0 for none (default: 3)",
      wholeNumber(where, "--selection-epochs", 0),
    )
    .option(
      "--seed-sd <points>",
      "standard deviation of the accuracy between seeds, percentage points (default: that of the runs, or binomial)",
      positiveNumber(where, "--seed-sd"),
    )
    .option(
      "--seed <n>",
      "seed of the check's own trainings, held-out images and noise (default: the run's, or 0)",
      seed(where),
    )
    .option(
      "--threads <n>",
      `worker threads (${threadsDefault})`,
      wholeNumber(where, "--threads", 1),
    )
    .option("--json", "print JSON; NaN and infinity are texts")
    .option(
      "--out <dir>",
      "write audit.json and audit.html there, in place of older ones",
      path(where, "--out"),
    )
    .option("--save", "write both into the run's folder, where fovea report shows them")
    .option("--fail-on-flag", "end with exit code 3 where a check flags something");
  const weights = addNamedWeights(command, where);
  return addPreprocessing(addDataOptions(weights, where, "the run's, or auto"), where)
    .addHelpText(
      "after",
      `
Examples:
  $ fovea audit runs/2026-11-23-142530-stn-seed0 --save
  $ fovea audit network.pt --model mha --out audit
  $ fovea audit network.pt --mean 0 --std 1
  $ fovea audit runs/stn-seed0 runs/stn-seed1 runs/stn-seed2 --only noise
  $ fovea audit stn --only reproducibility,selection`,
    )
    .action(async (target: string, runs: readonly string[], options: AuditArguments) => {
      const action = await import("../actions/audit.js");
      await action.runAudit(target, runs, options);
    });
}
