import { mergeAnnotations, type ReportAnnotations } from "../report/annotations.js";
import type { Run } from "../runs/run-folder.node.js";
import { arslanAnnotations } from "./arslan-2021/annotations.node.js";

/**
 * What all papers that are known here have to say of runs: nothing of runs on other data, with other
 * settings or of other networks than theirs.
 *
 * @example
 * await writeReport(folders, "report", annotationsFor(folders.map(readRun)));
 */
export function annotationsFor(runs: readonly Run[]): ReportAnnotations {
  return mergeAnnotations([arslanAnnotations(runs)]);
}
