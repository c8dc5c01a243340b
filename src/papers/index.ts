import { mergeAnnotations, type ReportAnnotations } from "../report/annotations.js";
import type { Run } from "../runs/run-folder.node.js";
import { arslanAnnotations } from "./arslan-2021/annotations.node.js";
import { arslanClaims, type PaperClaims } from "./arslan-2021/claims.node.js";

/**
 * The annotations of runs from all papers in this folder. Runs on other data, with other settings or of
 * other networks than a paper's get none from it.
 *
 * @example
 * const runs = [readRun("runs/2026-11-23-142530-stn-seed0")];
 * await writeReport(["runs/2026-11-23-142530-stn-seed0"], "report", annotationsFor(runs));
 */
export function annotationsFor(runs: readonly Run[]): ReportAnnotations {
  return mergeAnnotations([arslanAnnotations(runs)]);
}

/** The statements of papers that some of these runs can judge. */
export function claimsOf(runs: readonly Run[]): readonly PaperClaims[] {
  return [arslanClaims(runs)].filter(({ runs: judged }) => judged.length > 0);
}
