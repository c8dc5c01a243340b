import { percent, thousands } from "../../numbers.js";
import {
  type CellContent,
  noFigure,
  parametersGroup,
  type ResultColumn,
} from "../../report/result-columns.js";
import type { Run } from "../../runs/run-folder.node.js";
import { publishedBestWithin } from "./curves.node.js";
import { comparableRuns, figuresBeside, hasStudyRecipe } from "./study-runs.js";

const bestGroup = "study's best, %";

const columns: readonly ResultColumn[] = [
  {
    group: parametersGroup,
    title: "counted",
    align: "right",
    content: (_, run) => {
      const figures = figuresBeside(run);
      return figures ? thousands(figures.countedParameters) : noFigure;
    },
  },
  {
    group: bestGroup,
    title: "printed",
    align: "right",
    fullTitle: "study, printed, %",
    content: (_, run) => printedBest(run),
  },
  {
    group: bestGroup,
    title: "curve",
    align: "right",
    fullTitle: "study, curve, %",
    content: ({ last }, { record }) => {
      const best = last && publishedBestWithin(record.model, last.epoch);
      return best === undefined ? noFigure : percent(best);
    },
  },
];

/** Table columns with the study's figures, for runs on the same data; none where no run can be compared. */
export function columnsBeside(runs: readonly Run[]): readonly ResultColumn[] {
  return comparableRuns(runs).length > 0 ? columns : [];
}

function printedBest(run: Run): CellContent {
  const figures = figuresBeside(run);
  if (figures === undefined) return { remark: "not in the study" };
  return hasStudyRecipe(run) ? percent(figures.bestAccuracy) : { remark: "another recipe" };
}

/** Notes that explain the columns; only those that these runs need. */
export function notesBeside(runs: readonly Run[]): string[] {
  if (comparableRuns(runs).length === 0) return [];
  const notes = [
    "Study's best: printed is the best of its 300 epochs; curve is the best of its published " +
      "curve over as many epochs as the run has.",
  ];
  const misprint = runs.find((run) => figuresBeside(run)?.misprintedAs !== undefined);
  if (misprint) {
    const { countedParameters, misprintedAs } = figuresBeside(misprint)!;
    const { model, parameters } = misprint.record;
    notes.push(
      `Counted is what the study's code counts. For ${model} that includes ` +
        `${thousands(countedParameters - parameters)} values that are never used; the paper's ` +
        `${thousands(misprintedAs!)} is a misprint of ${thousands(countedParameters)}.`,
    );
  }
  if (runs.some((run) => figuresBeside(run) && run.record.model.startsWith("mha"))) {
    notes.push(
      "The study describes mha, attention over the positions of one image; its code trained " +
        "mha-batch, attention over the images of a batch. Its one figure is shown for both.",
    );
  }
  return notes;
}
