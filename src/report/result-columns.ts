import { percent, thousands } from "../numbers.js";
import type { Run } from "../runs/run-folder.node.js";
import { heldOutOf } from "../runs/run-spec.js";
import type { AccuracyAt, ResultRow } from "./result-rows.js";

/** The content of a cell: a text, or a remark that replaces all cells of the column's group. */
export type CellContent = string | { readonly remark: string };

/** One column of the results table. */
export interface ResultColumn {
  /** Title above all neighbouring columns of the same group; empty for a column without a group. */
  readonly group: string;
  readonly title: string;
  readonly align: "left" | "right";
  /** Its title in a table with one heading line; default `group, title`. */
  readonly fullTitle?: string;
  /** Only the first column of a group may return a remark; the others are then not called. */
  readonly content: (row: ResultRow, run: Run) => CellContent;
}

/** The text of a cell without a figure. */
export const noFigure = "–";
/** The group of columns with counts of parameters. */
export const parametersGroup = "parameters";
/** Marks the name of a run whose training went wrong; a note below the table says how. */
export const faultMark = "!";

const nameColumns: readonly ResultColumn[] = [
  {
    group: "",
    title: "model",
    align: "left",
    content: ({ model, faults }) => (faults.length > 0 ? `${model} ${faultMark}` : model),
  },
  { group: "", title: "seed", align: "right", content: ({ seed }) => String(seed) },
];

const accuracyGroup = "accuracy, % @ epoch";
const accuracyColumns: readonly ResultColumn[] = [
  {
    group: accuracyGroup,
    title: "best",
    align: "right",
    fullTitle: "best, % @ epoch",
    content: ({ best }) => at(best),
  },
  {
    group: accuracyGroup,
    title: "lowest loss",
    align: "right",
    fullTitle: "lowest loss, % @ epoch",
    content: ({ lowestLoss }) => at(lowestLoss),
  },
  {
    group: accuracyGroup,
    title: "last",
    align: "right",
    fullTitle: "last, %",
    content: ({ last }) => (last ? percent(last.accuracy) : noFigure),
  },
];

/** What the best weights score on the test images, which nothing was chosen on. */
const testColumn: ResultColumn = {
  group: "",
  title: "test, %",
  align: "right",
  content: ({ test }) => (test ? percent(test.accuracy) : noFigure),
};

/** Seconds of an epoch. */
export const timeColumn: ResultColumn = {
  group: "",
  title: "s/epoch",
  align: "right",
  content: ({ secondsPerEpoch }) => secondsPerEpoch?.toFixed(1) ?? noFigure,
};

/**
 * The columns of the results table.
 *
 * @param runs whose columns they are
 * @param added more columns: those of the group of parameters follow the number of parameters, the others
 * follow the accuracies
 */
export function resultColumns(
  runs: readonly Run[],
  added: readonly ResultColumn[] = [],
): ResultColumn[] {
  const counts = added.filter(({ group }) => group === parametersGroup);
  const others = added.filter((column) => !counts.includes(column));
  return [
    ...nameColumns,
    parametersColumn(counts.length > 0),
    ...counts,
    ...accuracyColumns.map((column) => ({ ...column, ...titlesFor(runs, column) })),
    ...(runs.some(({ record }) => heldOutOf(record.spec) !== undefined) ? [testColumn] : []),
    ...others,
    timeColumn,
  ];
}

/** Says whose accuracies they are where images are held out in all runs. */
function titlesFor(runs: readonly Run[], { group, fullTitle }: ResultColumn) {
  const areHeldOut = runs.every(({ record }) => heldOutOf(record.spec) !== undefined);
  return areHeldOut
    ? { group: `validation ${group}`, fullTitle: `validation: ${fullTitle}` }
    : { group, fullTitle };
}

function parametersColumn(besideOthers: boolean): ResultColumn {
  const title = besideOthers
    ? { group: parametersGroup, title: "working" }
    : { group: "", title: "parameters" };
  return { ...title, align: "right", content: ({ parameters }) => thousands(parameters) };
}

/** A cell, or a remark that spans several columns. */
export interface Cell {
  readonly column: ResultColumn;
  readonly text: string;
  /** 1 for a text. */
  readonly span: number;
  readonly isRemark: boolean;
}

/** The cells of a row. */
export function rowCells(columns: readonly ResultColumn[], row: ResultRow, run: Run): Cell[] {
  const cells: Cell[] = [];
  for (let index = 0; index < columns.length; ) {
    const column = columns[index]!;
    const content = column.content(row, run);
    const isRemark = typeof content !== "string";
    const span = isRemark ? groupSpan(columns, index) : 1;
    cells.push({ column, text: isRemark ? content.remark : content, span, isRemark });
    index += span;
  }
  return cells;
}

/** Number of consecutive columns, from this one on, with the same group. */
export function groupSpan(columns: readonly ResultColumn[], from: number): number {
  const { group } = columns[from]!;
  let span = 1;
  while (group !== "" && columns[from + span]?.group === group) span++;
  return span;
}

function at(point: AccuracyAt | undefined): string {
  return point ? `${percent(point.accuracy)} @ ${point.epoch}` : noFigure;
}
