import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { InputError } from "../../errors.js";
import { createFolder } from "../../files/folders.node.js";
import { annotationsFor } from "../../papers/index.js";
import { resultsTable } from "../../report/results-table.js";
import { writeReport } from "../../report/write-report.node.js";
import { runFolders } from "../../runs/reproduction.node.js";
import { isRun, readRun } from "../../runs/run-folder.node.js";
import { warnOfLeftOut } from "../fault-lines.js";
import { byDefault, outputFolder } from "../output-folder.js";
import { columnsOf } from "../terminal/live.js";
import { print, printBlock } from "../terminal/output.js";

/** The options of `fovea report` that were given. */
export interface ReportArguments {
  readonly out?: string;
}

/** Writes one report about several runs. */
export async function runReport(given: readonly string[], args: ReportArguments): Promise<void> {
  const paths = eachOnce(given);
  const runs = eachOnce(paths.flatMap(runFolders)).map(readRun);
  warnOfLeftOut(runs);
  if (runs.length === 0) throw new InputError(paths.join(", "), "a run that has begun", "none");
  const directory =
    args.out ?? (paths.length === 1 ? paths[0]! : outputFolder(undefined, "report"));
  if (isRun(directory) && !runs.some((run) => same(run.directory, directory))) {
    const expected = "a folder without a run, or with one of the runs given";
    throw new InputError(directory, expected, "one with another run");
  }
  if (args.out === undefined) byDefault(() => createFolder(directory));
  else createFolder(directory);
  const annotations = annotationsFor(runs);
  const { html } = await writeReport(
    runs.map((run) => run.directory),
    directory,
    annotations,
  );
  const width = columnsOf(process.stdout);
  printBlock(`${resultsTable(runs, { format: "plain", width, annotations }).trimEnd()}\n\n`);
  print(`report: ${html}`);
}

/** The folders, each once however it is written. */
function eachOnce(paths: readonly string[]): string[] {
  return paths.filter((path, index) => paths.findIndex((first) => same(first, path)) === index);
}

function same(one: string, other: string): boolean {
  return place(one) === place(other);
}

function place(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path);
}
