import { Command } from "commander";
import type { DataArguments } from "../actions/data.js";

/** `fovea data` */
export function dataCommand(): Command {
  return new Command("data")
    .description("list which data are found, where, and their SHA-256")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fovea data
  $ fovea data --json`,
    )
    .action(async (options: DataArguments) => {
      const action = await import("../actions/data.js");
      await action.runData(options);
    });
}
