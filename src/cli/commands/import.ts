import { Command } from "commander";
import type { ImportArguments } from "../actions/import.js";
import { nonEmpty, path } from "../option-values.js";

const where = "fovea import";

/** `fovea import FILE [OUT]` */
export function importCommand(): Command {
  return new Command("import")
    .description("read a network that others made from an ONNX file")
    .argument("<FILE>", "an .onnx file of the ops that Fovea has", path(where, "FILE"))
    .argument(
      "[OUT]",
      "the folder to write: model.json and weights.safetensors (default: the file's name without .onnx)",
      path(where, "OUT"),
    )
    .option("--name <name>", "the network's name (default: the file's)", nonEmpty(where, "--name"))
    .option("--json", "print JSON: model, folder, image, classes, parameters, normalisation")
    .addHelpText(
      "after",
      `
Examples:
  $ fovea import network.onnx
  $ fovea import network.onnx networks/theirs --name theirs
  $ fovea evaluate network --data digits
  $ fovea explain network/model.json`,
    )
    .action(async (file: string, out: string | undefined, options: ImportArguments) => {
      const action = await import("../actions/import.js");
      action.runImport(file, out, options);
    });
}
