import { Command } from "commander";
import type { ExplainArguments } from "../actions/explain.js";
import { imageShape, path, settings, settingsHelp, wholeNumber } from "../option-values.js";

const where = "fovea explain";

/** `fovea explain MODEL` */
export function explainCommand(): Command {
  return new Command("explain")
    .description(
      "show a network before any training: shapes, parameters, its drawing, and how the engine runs it",
    )
    .argument(
      "<MODEL>",
      "a name of the catalogue, a module that exports a definition as default (./my-net.ts, .mjs), a run folder or a model.json",
    )
    .option("--set <options>", settingsHelp, settings)
    .option(
      "--image <shape>",
      "what a definition is built for, channels × rows × columns, as 3x32x32 (default: 1x28x28, or that of --data)",
      imageShape(where),
    )
    .option(
      "--classes <n>",
      "classes that a definition is built for (default: 10, or those of --data)",
      wholeNumber(where, "--classes", 1),
    )
    .option("--out <file>", "draw the network as an .svg file", path(where, "--out"))
    .option(
      "--measure",
      "train some steps, and show each step's part of the time of a training step on one thread",
    )
    .option(
      "--data <name>",
      "whose image shape and classes a definition is built for, and what --measure trains with: auto, mnist, digits, or a folder with MNIST (default: digits)",
    )
    .option(
      "--json",
      "print JSON: model, options, input, parameters, plans and, with --measure, measured",
    )
    .addHelpText(
      "after",
      `
Batches have 64 images. Bytes are those of a step's value and gradient for one image.

Examples:
  $ fovea explain residual
  $ fovea explain ./my-net.ts --image 1x32x32 --classes 5 --out my-net.svg
  $ fovea explain ./my-net.ts --set width=24 --measure
  $ fovea explain runs/2026-11-23-142530-stn-seed0 --json`,
    )
    .action(async (model: string, options: ExplainArguments) => {
      const action = await import("../actions/explain.js");
      await action.runExplain(model, options);
    });
}
