import type { Run } from "../../runs/run-folder.node.js";
import { readRecordedCheckpoints } from "./checkpoints.node.js";
import { type JudgedClaim, judgeClaims } from "./claims/index.js";
import { publishedCurves } from "./curves.node.js";
import { seedRuns, studyRuns } from "./study-runs.js";

/** The statements of a paper, judged by some runs. */
export interface PaperClaims {
  readonly title: string;
  /** Those that have the paper's recipe and data, one per network. */
  readonly runs: readonly Run[];
  readonly claims: readonly JudgedClaim[];
}

/** The statements of the study, judged by the runs among these that have its recipe and data. */
export function arslanClaims(all: readonly Run[]): PaperClaims {
  const chosen = studyRuns(all);
  const metrics = new Set([...chosen.values()].map((run) => run.metrics));
  const runs = all.filter((run) => metrics.has(run.metrics));
  const { checkpoints } = readRecordedCheckpoints();
  const evidence = {
    runs: chosen,
    overSeeds: seedRuns(all),
    curves: publishedCurves(),
    checkpoints,
  };
  const claims = runs.length === 0 ? [] : judgeClaims(evidence);
  return { title: "From Idea to Implementation (H. S. Arslan, 2021)", runs, claims };
}
