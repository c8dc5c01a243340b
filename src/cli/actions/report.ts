import { InputError } from "../../errors.js";
import { resultsTable } from "../../report/results-table.js";
import { writeReport } from "../../report/write-report.js";
import { createFolder, isRun, readRun } from "../../runs/run-folder.js";
import type { ReportArguments } from "../commands/report.js";
import { outputFolder } from "../output-folder.js";
import { isReproduction, modelFolder, readSettings } from "../reproduce-settings.js";

/** Writes one report about several runs. */
export async function runReport(paths: readonly string[], args: ReportArguments): Promise<void> {
  const runs = paths.flatMap(runFolders).map(readRun);
  if (runs.length === 0) throw new InputError(paths.join(", "), "a run that has begun", "none");
  const directory =
    args.out ?? (paths.length === 1 ? paths[0]! : outputFolder(undefined, "report"));
  createFolder(directory);
  const { html } = await writeReport(
    runs.map((run) => run.directory),
    directory,
  );
  console.log(`${resultsTable(runs, { format: "plain" }).trimEnd()}\n`);
  console.log(`report: ${html}`);
}

/** A run folder itself, or the runs in a folder of `fovea reproduce`. */
function runFolders(path: string): string[] {
  if (!isReproduction(path)) return [path];
  const { models } = readSettings(path);
  return models.map((model) => modelFolder(path, model)).filter(isRun);
}
