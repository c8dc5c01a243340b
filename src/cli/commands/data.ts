import { Command } from "commander";

/** The options of `fovea data` that were given. */
export interface DataArguments {
  readonly json?: boolean;
}

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
