import type { Command } from "commander";
import { modelNames } from "../models/names.js";
import { nonEmpty, path } from "./option-values.js";

/** The options that say what the weights of a file are. */
export interface WeightsArguments {
  readonly model?: string;
  readonly entry?: string;
  readonly map?: string;
  readonly last?: boolean;
}

/** Adds `--model`, `--entry`, `--map` and `--last` to a command that takes a run or a file of weights. */
export function addWeightsOptions(command: Command, where: string): Command {
  return addNamedWeights(command, where).option(
    "--map <file>",
    "JSON of { theirs: ours } for a file whose tensors have other names; * stands for any characters",
    path(where, "--map"),
  );
}

/** The same without `--map`, for a command that takes files with our names alone. */
export function addNamedWeights(command: Command, where: string): Command {
  return command
    .option(
      "--model <name>",
      `what a file's weights belong to, where it does not say so: ${modelNames.join(", ")}, or a module (./my-net.ts, .mjs)`,
      nonEmpty(where, "--model"),
    )
    .option(
      "--entry <name>",
      "which state dict of a PyTorch file with several, such as state_dict_ema",
      nonEmpty(where, "--entry"),
    )
    .option("--last", "a run's last weights instead of its best");
}
