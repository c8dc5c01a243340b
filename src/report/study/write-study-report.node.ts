import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createFolder } from "../../files/folders.node.js";
import { removeFile, writeAtomically } from "../../files/write-file.node.js";
import type { Figure } from "../markup.js";
import { resolvedSvg } from "../resolved-svg.js";
import { studyMarkdown, studyPage } from "../study-report.js";
import type { ReportedStudy } from "./reported-study.js";
import { withShortNames } from "./short-names.js";
import { studyFigureNames, studyFigures } from "./study-figures.js";

/** Paths of what was written. */
export interface StudyReportFiles {
  readonly html: string;
  readonly markdown: string;
  readonly figures: readonly string[];
}

/**
 * Writes the report of a study: `report.html`, which holds its figures, `report.md` and, where they are asked for or were
 * written before, `figures/NAME.svg`, which `report.md` shows.
 *
 * @throws InputError where they cannot be written
 */
export function writeStudyReport(
  whole: ReportedStudy,
  directory: string,
  { figures = false }: { readonly figures?: boolean | undefined } = {},
): StudyReportFiles {
  const study = withShortNames(whole);
  const folder = join(directory, "figures");
  createFolder(directory);
  const older = olderFigures(folder);
  const isShown = figures || older.length > 0;
  const drawn = studyFigures(study);
  const written = isShown ? writeFigures(drawn, folder) : [];
  for (const path of older) if (!written.includes(path)) removeFile(path);
  const files = { html: join(directory, "report.html"), markdown: join(directory, "report.md") };
  const addressOf = (name: string) => `figures/${name}.svg`;
  writeAtomically(files.markdown, studyMarkdown(study, isShown ? addressOf : undefined, drawn));
  writeAtomically(files.html, studyPage(study, drawn));
  return { ...files, figures: written };
}

/** Writes each figure as an SVG file with plain colours, and returns their paths. */
function writeFigures(figures: readonly Figure[], folder: string): string[] {
  createFolder(folder);
  return figures.map((figure) => {
    const path = join(folder, `${figure.name}.svg`);
    writeAtomically(path, resolvedSvg(figure));
    return path;
  });
}

/** Figures that an earlier report left. */
function olderFigures(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = new Set(studyFigureNames.map((name) => `${name}.svg`));
  return readdirSync(folder)
    .filter((file) => names.has(file))
    .map((file) => join(folder, file));
}
