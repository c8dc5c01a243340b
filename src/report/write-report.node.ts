import { readdirSync } from "node:fs";
import { join } from "node:path";
import { checkList, shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { createFolder } from "../files/folders.node.js";
import { readText } from "../files/read-file.node.js";
import { removeFile, writeAtomically } from "../files/write-file.node.js";
import { readRun } from "../runs/run-folder.node.js";
import { noAnnotations, type ReportAnnotations } from "./annotations.js";
import { composeReport } from "./compose-report.js";
import { standaloneSvg } from "./markup.js";

/** Paths of the files of a report. */
export interface ReportFiles {
  readonly html: string;
  readonly table: string;
}

/**
 * Writes the report of runs: `report.html` (a page in one file that loads nothing else), `table.md` and
 * `figures/*.svg`. Files are replaced atomically. Figures of an older report in the same folder that the
 * new one does not have are removed.
 *
 * @param runDirectories Run folders, in the order of the table's rows.
 * @param outputDirectory Created if it does not exist.
 * @param annotations Additions that do not come from the run folders; default none.
 * @throws InputError where an argument is missing, a folder is not a run or the report cannot be written.
 * @example
 * const { html } = await writeReport(["runs/2026-11-23-142530-stn-seed0"], "report");
 */
export async function writeReport(
  runDirectories: readonly string[],
  outputDirectory: string,
  annotations: ReportAnnotations = noAnnotations,
): Promise<ReportFiles> {
  checkList("writeReport", "run folders", runDirectories);
  if (typeof outputDirectory !== "string") {
    throw new InputError("writeReport", "the folder to write to", shown(outputDirectory));
  }
  const report = composeReport(runDirectories.map(readRun), annotations);
  const figures = join(outputDirectory, "figures");
  createFolder(outputDirectory);
  createFolder(figures);
  const outdated = olderFigures(outputDirectory);
  for (const figure of report.figures) {
    writeAtomically(join(figures, `${figure.name}.svg`), standaloneSvg(figure));
  }
  for (const { name } of report.figures) outdated.delete(name);
  for (const name of outdated) removeFile(join(figures, `${name}.svg`));
  const files = {
    html: join(outputDirectory, reportPage),
    table: join(outputDirectory, "table.md"),
  };
  writeAtomically(files.table, report.table);
  writeAtomically(files.html, report.html);
  return files;
}

const reportPage = "report.html";
/** Of an older report, bytes. */
const mostBytes = 256 * 2 ** 20;
const figureName =
  /^(?:(?:loss|accuracy)(?:-[a-z0-9-]+-\d+)?|(?:network|transformer|attention|confusion|mistakes|calibration)-[\w.-]+)$/;

/**
 * Names of the figures that an earlier report left in a folder. Empty where the folder's page is not a
 * report, so that no other files are ever removed.
 */
function olderFigures(directory: string): Set<string> {
  const page = existingText(join(directory, reportPage));
  const listed = [...page.matchAll(/<figure id="([\w.-]+)">/g)];
  if (!listed.some(([, name]) => figureName.test(name!))) return new Set();
  const names = readdirSync(join(directory, "figures"))
    .filter((file) => file.endsWith(".svg"))
    .map((file) => file.slice(0, -".svg".length));
  return new Set(names.filter((name) => figureName.test(name)));
}

/** The text of a file; empty where it does not exist or cannot be read. */
function existingText(path: string): string {
  try {
    return readText(path, "a report", mostBytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return "";
  }
}
