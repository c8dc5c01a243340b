import { Command } from "commander";
import type { ReportArguments } from "../actions/report.js";
import { path } from "../option-values.js";

const where = "fovea report";

/** `fovea report RUN...` */
export function reportCommand(): Command {
  return new Command("report")
    .description("compare runs in one report: report.html, table.md and figures as SVG")
    .argument("<RUN...>", "run folders, or folders of fovea reproduce", paths)
    .option(
      "--out <dir>",
      "where to write; replaces the report that is there (default: the folder given, or runs/<date>-report for several)",
      path(where, "--out"),
    )
    .addHelpText(
      "after",
      `
Examples:
  $ fovea report runs/2026-11-23-142530-reproduce-seed0
  $ fovea report runs/*-stn-seed0 runs/*-cnn-seed0 --out comparison`,
    )
    .action(async (runs: string[], options: ReportArguments) => {
      const action = await import("../actions/report.js");
      await action.runReport(runs, options);
    });
}

/** Parses one more path of several. */
function paths(text: string, before: readonly string[] = []): string[] {
  return [...before, path(where, "RUN")(text)];
}
