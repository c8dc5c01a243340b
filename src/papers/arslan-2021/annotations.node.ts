import { dirname } from "node:path";
import type { ReportAnnotations } from "../../report/annotations.js";
import type { PageSection } from "../../report/html-page.js";
import { isReproduction } from "../../runs/reproduction.node.js";
import type { Run } from "../../runs/run-folder.node.js";
import { readRecordedCheckpoints } from "./checkpoints.node.js";
import { judgeClaims } from "./claims/index.js";
import { publishedCurves } from "./curves.node.js";
import { curvesBeside } from "./curves-beside.node.js";
import { jointCommands } from "./joint-commands.js";
import { claimsMarkup, claimsStyle } from "./pages/claims-section.js";
import { comparableRuns, seedRuns, studyRuns } from "./study-runs.js";
import { columnsBeside, notesBeside } from "./table-columns.node.js";

/**
 * The study's annotations of runs: its curves, figures and claims for runs that can be compared with it.
 */
export function arslanAnnotations(runs: readonly Run[]): ReportAnnotations {
  return {
    beside: (same) => ({
      curves: curvesBeside(same),
      columns: columnsBeside(same),
      notes: notesBeside(same),
      caveats:
        comparableRuns(same).length > 0 ? ["The study chose its best epochs in the same way."] : [],
    }),
    sections: claimSections(runs),
    commands: jointCommands(runs),
  };
}

/** The study's claims; none where no run of its networks has its recipe. */
function claimSections(runs: readonly Run[]): PageSection[] {
  if (comparableRuns(runs).every(({ metrics }) => metrics.length === 0)) return [];
  const claims = judgeClaims({
    runs: studyRuns(runs),
    overSeeds: seedRuns(runs),
    curves: publishedCurves(),
    checkpoints: readRecordedCheckpoints().checkpoints,
  });
  const content = claimsMarkup({ claims, results: commonFolder(runs) });
  return [{ id: "claims", title: "Claims", content, style: claimsStyle }];
}

/** The argument of `fovea claims --results` for these runs: the run, or the folder that holds them all. */
function commonFolder(runs: readonly Run[]): string | undefined {
  const folders = [...new Set(runs.map(({ directory }) => directory))];
  if (folders.length === 1) return folders[0];
  const [parent, ...others] = new Set(folders.map((folder) => dirname(folder)));
  return others.length === 0 && isReproduction(parent!) ? parent : undefined;
}
