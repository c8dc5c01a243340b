import { Command } from "commander";
import type { NewArguments } from "../actions/new.js";
import { nonEmpty } from "../option-values.js";

const where = "fovea new";

/** `fovea new NAME` */
export function newCommand(): Command {
  return new Command("new")
    .description("write a commented network to start from, NAME.ts, and its test")
    .argument("<NAME>", "the network's name, after a folder where wanted", nonEmpty(where, "NAME"))
    .option("--js", "JavaScript, NAME.mjs, instead of TypeScript")
    .addHelpText(
      "after",
      `
Files that are there are never replaced.

Examples:
  $ fovea new my-net
  $ fovea new networks/my-net --js`,
    )
    .action(async (name: string, options: NewArguments) => {
      const action = await import("../actions/new.js");
      action.runNew(name, options);
    });
}
