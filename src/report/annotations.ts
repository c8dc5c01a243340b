import type { Run } from "../runs/run-folder.node.js";
import type { PublishedCurvesBeside } from "./epoch-data.js";
import type { PageSection } from "./html-page.js";
import type { ModelMarks } from "./model-marks.js";
import type { ResultColumn } from "./result-columns.js";

/**
 * What a caller knows of runs beyond their folders, such as what a paper states about their networks: it is
 * drawn into their report.
 */
export interface ReportAnnotations {
  /** Inks and symbols of models; other models get those that are left. */
  readonly marks: ModelMarks;
  /** What belongs beside runs on the same data; asked for each kind of data. */
  readonly beside: (runs: readonly Run[]) => GroupAnnotations;
  /** Stand after the runs' own figures. */
  readonly sections: readonly PageSection[];
  /** Commands that repeat several of these runs at once. */
  readonly commands: readonly JointCommand[];
}

/** What belongs beside runs on the same data. */
export interface GroupAnnotations {
  /** Drawn behind the runs' own curves. */
  readonly curves: PublishedCurvesBeside;
  /** Further columns of the results table. */
  readonly columns: readonly ResultColumn[];
  /** What readers of the table have to know; a sentence or two each. */
  readonly notes: readonly string[];
  /** What the figures cannot say; a sentence each. */
  readonly caveats: readonly string[];
}

/** A command line that repeats several runs. */
export interface JointCommand {
  /** Digests of their specs. */
  readonly specs: readonly string[];
  readonly command: string;
}

/** Annotations that say nothing. */
export const noAnnotations: ReportAnnotations = mergeAnnotations([]);

/** What several callers know, one after the other; of a model's marks the first one's count. */
export function mergeAnnotations(all: readonly ReportAnnotations[]): ReportAnnotations {
  return {
    marks: new Map(all.toReversed().flatMap(({ marks }) => [...marks])),
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
