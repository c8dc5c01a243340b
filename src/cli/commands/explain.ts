import { Command } from "commander";
import type { ExplainArguments } from "../actions/explain.js";
import { addDataOptions } from "../data-options.js";

/** `fovea explain MODEL` */
export function explainCommand(): Command {
  const command = new Command("explain")
    .description("show how the engine runs a network: its steps, kernels, memory and fusions")
    .argument(
      "<MODEL>",
      "a name of the catalogue, a module that exports a definition as default (./net.mjs), a run folder or a model.json",
    )
    .option(
      "--measure",
      "train some steps, and show each step's part of the time of a training step on one thread",
    );
  return addDataOptions(command, "fovea explain", "digits, only with --measure")
    .option("--json", "print JSON: model, plans and, with --measure, measured")
    .addHelpText(
      "after",
      `
--data says whose image shape and classes a definition is built for, and what --measure trains with.
Batches have 64 images. Bytes are those of a step's value and gradient for one image.

Examples:
  $ fovea explain residual
  $ fovea explain ./net.mjs --measure
  $ fovea explain runs/2026-11-23-142530-stn-seed0 --json`,
    )
    .action(async (model: string, options: ExplainArguments) => {
      const action = await import("../actions/explain.js");
      await action.runExplain(model, options);
    });
}
