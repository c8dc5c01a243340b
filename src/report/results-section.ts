import type { Run } from "../runs/run-folder.node.js";
import type { ReportAnnotations } from "./annotations.js";
import { epochTimeNotes } from "./epoch-times.js";
import { paragraph, type TableCell, tableBlock } from "./html-page.js";
import { escapeMarkup } from "./markup.js";
import {
  groupSpan,
  parametersGroup,
  type ResultColumn,
  resultColumns,
  rowCells,
} from "./result-columns.js";
import { resultRow, resultRows } from "./result-rows.js";
import { resultNotes } from "./results-table.js";
import { groupByData } from "./run-groups.js";
import { dataTitle, seedSpread } from "./summary.js";

/** One table per data set, with notes below. */
export function resultsMarkup(runs: readonly Run[], annotations: ReportAnnotations): string {
  if (runs.length === 0) return paragraph("No runs were given.", "empty");
  const groups = groupByData(runs);
  return groups
    .map((group) => {
      const beside = annotations.beside(group.runs);
      const heading = groups.length > 1 ? `<h3>${escapeMarkup(dataTitle(group.name))}</h3>\n` : "";
      const notes = [
        ...seedSpread(group.runs),
        ...beside.notes,
        ...resultNotes(resultRows(group.runs)),
        ...epochTimeNotes(group.runs),
      ];
      return [
        heading,
        tableMarkup(group.runs, accuracyFirst(resultColumns(group.runs, beside.columns))),
        ...notes.map((note) => paragraph(note, "note")),
      ].join("\n");
    })
    .join("\n");
}

/** Puts accuracies next to the models' names, so that a phone shows them without scrolling. */
function accuracyFirst(columns: readonly ResultColumn[]): ResultColumn[] {
  const after = columns.filter(({ group, title }) => (group || title) === parametersGroup);
  const last = columns.at(-1)!;
  return [
    ...columns.filter((column) => column !== last && !after.includes(column)),
    ...after,
    last,
  ];
}

function tableMarkup(runs: readonly Run[], columns: readonly ResultColumn[]): string {
  const groups: TableCell[] = [];
  for (let from = 0; from < columns.length; from += groupSpan(columns, from)) {
    const { group } = columns[from]!;
    groups.push({ text: group, span: groupSpan(columns, from), kind: "group" });
  }
  const titles = columns.map(({ title, align }): TableCell => ({ text: title, align }));
  const body = runs.map((run) => {
    const row = resultRow(run);
    return rowCells(columns, row, run).map(({ text, span, column, isRemark }): TableCell => {
      if (isRemark) return { text, span, kind: "remark" };
      const isName = column === columns[0];
      const kind = isName && row.faults.length > 0 ? ({ kind: "flag" } as const) : {};
      return { text, align: column.align, header: isName, ...kind };
    });
  });
  return tableBlock([groups, titles, ...body], 2, "Results");
}
