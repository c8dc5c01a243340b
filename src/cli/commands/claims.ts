import { Command } from "commander";
import type { ClaimsArguments } from "../actions/claims.js";
import { path } from "../option-values.js";

const where = "fovea claims";

/** `fovea claims` */
export function claimsCommand(): Command {
  return new Command("claims")
    .description("judge the study's statements by its checkpoints and by runs")
    .option(
      "--results <dir>",
      "a folder of fovea reproduce or of a study, or a run (default: the runs of record, results/paper and results/studies)",
      path(where, "--results"),
    )
    .option(
      "--published <dir>",
      "the study's checkpoints, evaluated on MNIST (default: published/ in FOVEA_DATA's folder; without it, recorded evaluations)",
      path(where, "--published"),
    )
    .option("--json", "print JSON: runs, checkpoints, claims with verdict, reason and figures")
    .option("--markdown", "print the page docs/claims.md")
    .addHelpText(
      "after",
      `
Examples:
  $ fovea claims
  $ fovea claims --results runs/2026-11-23-142530-reproduce-seed0
  $ fovea claims --published checkpoints --json`,
    )
    .action(async (options: ClaimsArguments) => {
      const action = await import("../actions/claims.js");
      await action.runClaims(options);
    });
}
