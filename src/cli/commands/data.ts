import { Command } from "commander";
import type { DataArguments } from "../actions/data.js";

/** `fovea data` */
export function dataCommand(): Command {
  return new Command("data")
    .description("what data there is, where, and its digests")
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
