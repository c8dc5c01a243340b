import { Command } from "commander";

/** The options of `fovea report` that were given. */
export interface ReportArguments {
  readonly out?: string;
}

/** `fovea report RUN...` */
export function reportCommand(): Command {
  return new Command("report")
    .description("compare runs in one report: report.html, table.md and figures as SVG")
    .argument("<RUN...>", "run folders, or folders of fovea reproduce")
    .option(
      "--out <dir>",
      "where to write (default: the folder given, or runs/<date>-report for several)",
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
