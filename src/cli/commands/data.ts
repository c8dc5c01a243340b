import { Command } from "commander";
import type { DataArguments } from "../actions/data.js";
import type { DataInspectArguments } from "../actions/data-inspect.js";
import { addPictureOptions } from "../data-options.js";
import { path } from "../option-values.js";

/** `fovea data` and `fovea data inspect PATH` */
export function dataCommand(): Command {
  return new Command("data")
    .description("list which data are found, where, and their SHA-256; inspect: look at one's own")
    .option("--json", "print JSON")
    .addCommand(inspectCommand())
    .addHelpText(
      "after",
      `
Examples:
  $ fovea data
  $ fovea data --json
  $ fovea data inspect ./pictures --size 32 --html pictures.html`,
    )
    .action(async (options: DataArguments) => {
      const action = await import("../actions/data.js");
      await action.runData(options);
    });
}

function inspectCommand(): Command {
  const where = "fovea data inspect";
  const command = new Command("inspect")
    .description("counts, sizes, a contact sheet, duplicates and suspicious labels of a data set")
    .argument("<PATH>", "what --data of other commands takes", path(where, "PATH"));
  return (
    addPictureOptions(command, where)
      .option(
        "--run <run>",
        "a run on these data: show what it is surest about and gets wrong",
        path(where, "--run"),
      )
      .option("--html <file>", "write a page with pictures", path(where, "--html"))
      .option("--force", "--html may replace a file")
      // `data` has an option --json, too, which takes what stands before `inspect`.
      .option(
        "--json",
        "print JSON: source, counts, name, shape, mean, std, digest, classes, imbalance, exact, near, repeated, contradicting, notes, mistakes (with --run)",
      )
      .addHelpText(
        "after",
        `
Examples:
  $ fovea data inspect ./pictures
  $ fovea data inspect ./pictures --size 32 --html pictures.html
  $ fovea data inspect ./pictures --run runs/2026-11-23-142530-cnn-seed0`,
      )
      .action(async (target: string, _: DataInspectArguments, self: Command) => {
        const action = await import("../actions/data-inspect.js");
        await action.runDataInspect(target, self.optsWithGlobals<DataInspectArguments>());
      })
  );
}
