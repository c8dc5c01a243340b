import type { Run } from "../runs/run-folder.node.js";
import type { PublishedCurvesBeside } from "./epoch-data.js";
import type { PageSection } from "./html-page.js";
import type { ResultColumn } from "./result-columns.js";

/**
 * Additions to a report that do not come from run folders, such as what a paper states about the networks.
 */
export interface ReportAnnotations {
  /** Additions to runs on the same data; called once per data set. */
  readonly beside: (runs: readonly Run[]) => GroupAnnotations;
  /** Sections that follow the runs' own figures. */
  readonly sections: readonly PageSection[];
  /** Commands that repeat several of these runs at once. */
  readonly commands: readonly JointCommand[];
}

/** Additions to the curves, table and notes of runs on the same data. */
export interface GroupAnnotations {
  /** Drawn behind the runs' own curves. */
  readonly curves: PublishedCurvesBeside;
  /** Further columns of the results table. */
  readonly columns: readonly ResultColumn[];
  /** Notes that explain the table; one or two sentences each. */
  readonly notes: readonly string[];
  /** Limits of the results that readers must know; a sentence each. */
  readonly caveats: readonly string[];
}

/** A command line that repeats several runs. */
export interface JointCommand {
  /** Digests of their specs. */
  readonly specs: readonly string[];
  readonly command: string;
}

/** Empty annotations. */
export const noAnnotations: ReportAnnotations = mergeAnnotations([]);

/** Joins annotations. */
export function mergeAnnotations(all: readonly ReportAnnotations[]): ReportAnnotations {
  return {
    beside: (runs) => mergeGroups(all.map(({ beside }) => beside(runs))),
    sections: all.flatMap(({ sections }) => sections),
    commands: all.flatMap(({ commands }) => commands),
  };
}

function mergeGroups(groups: readonly GroupAnnotations[]): GroupAnnotations {
  const remarks = groups.map(({ curves }) => curves.remark).filter((remark) => remark !== "");
  return {
    curves: {
      curves: groups.flatMap(({ curves }) => curves.curves),
      remark: remarks.join(" "),
    },
    columns: groups.flatMap(({ columns }) => columns),
    notes: groups.flatMap(({ notes }) => notes),
    caveats: groups.flatMap(({ caveats }) => caveats),
  };
}
