import { Command } from "commander";
import type { KernelBuild } from "../../engine/build.js";
import { classifierNames } from "../../models/names.js";
import type { BenchArguments } from "../actions/bench.js";
import { benchDefaults } from "../bench-defaults.js";
import { oneOf, path, settings, settingsHelp, wholeNumber } from "../option-values.js";

const where = "fovea bench";

const builds: readonly KernelBuild[] = ["relaxed-fma", "mul-add"];

/** `fovea bench` */
export function benchCommand(): Command {
  return new Command("bench")
    .description(
      "measure training steps, evaluation, parallel runs, memory and, with --kernels, each kernel call",
    )
    .option(
      "--models <list>",
      `names of the catalogue and modules that export a definition as default, with commas between them (default: ${classifierNames.join(",")})`,
      sources,
    )
    .option("--set <options>", settingsHelp, settings)
    .option(
      "--threads <list>",
      `numbers of threads with commas between them (default: ${benchDefaults.threads.join(",")})`,
      threadList,
    )
    .option(
      "--steps <n>",
      `steps that are timed (default: ${benchDefaults.steps})`,
      wholeNumber(where, "--steps", 1),
    )
    .option("--kernels", "every kernel call of a training step, on one thread")
    .option(
      "--scaling",
      "how a step's time grows with batch size, image side, attention positions, channels and threads, " +
        "and attention's memory",
    )
    .option(
      "--build <name>",
      `kernels: ${builds.join(" or ")} (default: the faster)`,
      oneOf(where, "--build", builds),
    )
    .option("--data <name>", "auto, mnist, digits, or a folder with MNIST (default: auto)")
    .option(
      "--out <dir>",
      "with --scaling: a folder for its figure, scaling.svg",
      path(where, "--out"),
    )
    .option(
      "--json",
      "print JSON: steps, evaluation, peak, memory, throughput, help, kernels, scaling",
    )
    .addHelpText(
      "after",
      `
Times are of steps of 64 images with dropout on. Leave the machine alone meanwhile.

Examples:
  $ fovea bench
  $ fovea bench --models residual,./my-net.ts --threads 1 --kernels
  $ fovea bench --kernels --scaling --out bench-figures --json > bench.json`,
    )
    .action(async (options: BenchArguments) => {
      const action = await import("../actions/bench.js");
      await action.runBench(options);
    });
}

/** Names and paths; each counts once. */
function sources(text: string): string[] {
  return [...new Set(text.split(",").map((source) => source.trim()))];
}

/** Parses numbers of threads; a number counts once. */
function threadList(text: string): number[] {
  const parse = wholeNumber(where, "--threads", 1);
  return [...new Set(text.split(",").map((number) => parse(number.trim())))];
}
