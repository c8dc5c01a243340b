import { Command } from "commander";
import type { StudioArguments } from "../actions/studio.js";
import { path, wholeNumber } from "../option-values.js";

const where = "fovea studio";

/** `fovea studio [DIR]` */
export function studioCommand(): Command {
  return new Command("studio")
    .description("open the studio, a page to look, train and compare, on this machine alone")
    .argument(
      "[DIR]",
      "the folder whose runs and studies it shows (default: runs)",
      path(where, "DIR"),
    )
    .option(
      "--port <n>",
      "a port of 127.0.0.1 (default: one that is free)",
      wholeNumber(where, "--port", 1),
    )
    .option("--no-open", "print the address, and open no browser")
    .addHelpText(
      "after",
      `
The address has a token: whoever has it may read the folder's runs and start trainings. Ctrl-C
stops the trainings that were started in the studio, after their epoch, and ends it.

Examples:
  $ fovea studio
  $ fovea studio runs/sweep --port 8080 --no-open`,
    )
    .action(async (directory: string | undefined, options: StudioArguments) => {
      const action = await import("../actions/studio.js");
      await action.runStudio(directory, options);
    });
}
