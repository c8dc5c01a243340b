import { escapeControls } from "../escape-controls.js";
import type { Run } from "../runs/run-folder.node.js";
import { noAnnotations, type ReportAnnotations } from "./annotations.js";
import { escapeMarkdown, markdownTable } from "./markdown-table.js";
import {
  type Cell,
  faultMark,
  groupSpan,
  noFigure,
  type ResultColumn,
  resultColumns,
  rowCells,
  timeColumn,
} from "./result-columns.js";
import { type ResultRow, resultRow } from "./result-rows.js";
import { groupByData } from "./run-groups.js";
import { wrapped } from "./wrapped.js";

/** Notes that explain these rows, one sentence per line; only those that they need. */
export function resultNotes(rows: readonly ResultRow[]): string[] {
  const faults = rows.flatMap(({ model, seed, faults }) =>
    faults.map(({ text }) => `${faultMark} ${model}, seed ${seed}, ${text}.`),
  );
  const unfinished = rows
    .filter(({ epochs, plannedEpochs, endedEarly }) => epochs < plannedEpochs && !endedEarly)
    .map(({ model, seed, epochs, plannedEpochs, state }) => {
      const why = state === "running" ? "still running" : "stopped";
      return `${model}, seed ${seed}: ${epochs} of ${plannedEpochs} epochs ran (${why}).`;
    });
  const early = rows
    .filter(({ endedEarly }) => endedEarly)
    .map(
      ({ model, seed, epochs }) => `${model}, seed ${seed}: stopped early after epoch ${epochs}.`,
    );
  return [...faults, ...unfinished, ...early];
}

/** Options of {@link resultsTable}. */
export interface ResultsTableOptions {
  /** `plain` is aligned for terminals of 100 columns, `markdown` for a file. */
  readonly format: "plain" | "markdown";
  /** Columns of the terminal, to break the notes of a plain table. Default and at most 98. */
  readonly width?: number | undefined;
  /** Whether to show the seconds per epoch. Default true. */
  readonly times?: boolean;
  /** Additional columns and notes. Default none. */
  readonly annotations?: ReportAnnotations;
}

/**
 * The results of runs as text: one table per data set, with notes below.
 *
 * @example
 * console.log(resultsTable([readRun("runs/2026-11-23-142530-stn-seed0")], { format: "plain" }));
 */
export function resultsTable(runs: readonly Run[], options: ResultsTableOptions): string {
  if (runs.length === 0) return "No runs.\n";
  const { format, times = true, annotations = noAnnotations } = options;
  // Names in runs may be anybody's.
  const shown = format === "markdown" ? escapeMarkdown : (text: string) => escapeControls(text);
  const noteWidth = Math.min(widestNote, Math.max(1, options.width ?? widestNote));
  const groups = groupByData(runs);
  const parts = groups.map((group) => {
    const beside = annotations.beside(group.runs);
    const rows = group.runs.map(resultRow);
    const columns = resultColumns(group.runs, beside.columns).filter(
      (column) => column !== timeColumn || times,
    );
    const cells = rows.map((row, index) =>
      rowCells(columns, row, group.runs[index]!).map((cell) => ({
        ...cell,
        text: shown(cell.text),
      })),
    );
    const heading = groups.length > 1 ? [`Data: ${shown(group.name)}`, ""] : [];
    const notes = [...beside.notes, ...resultNotes(rows)].map(shown);
    const lines =
      format === "markdown"
        ? [markdownText(cells, columns), "", ...notes.flatMap((note) => [note, ""])]
        : [...plainLines(cells, columns), "", ...notes.flatMap((note) => wrapped(note, noteWidth))];
    return `${[...heading, ...lines].join("\n").trimEnd()}\n`;
  });
  return parts.join("\n");
}

const gap = "  ";
const widestNote = 98;

function plainLines(
  rows: readonly (readonly Cell[])[],
  columns: readonly ResultColumn[],
): string[] {
  const widths = columnWidths(rows, columns);
  const titles = columns.map((column, index) => pad(column.title, widths[index]!, column.align));
  const rule = widths.map((width) => "─".repeat(width)).join(gap);
  const body = rows.map((cells) =>
    cells
      .map(({ column, text, span }) => {
        const from = columns.indexOf(column);
        return pad(text, spannedWidth(widths, from, span), column.align);
      })
      .join(gap)
      .trimEnd(),
  );
  return [groupLine(columns, widths), titles.join(gap).trimEnd(), rule, ...body];
}

/** Widths that fit titles and texts; the last column of a group is widened to fit the group's title and remarks. */
function columnWidths(
  rows: readonly (readonly Cell[])[],
  columns: readonly ResultColumn[],
): number[] {
  const widths = columns.map((column) => {
    const texts = rows.flatMap((cells) =>
      cells.flatMap((cell) => (cell.column === column && !cell.isRemark ? [cell.text] : [])),
    );
    return Math.max(column.title.length, ...texts.map((text) => text.length));
  });
  for (let from = 0; from < columns.length; from += groupSpan(columns, from)) {
    const span = groupSpan(columns, from);
    const remarks = rows.flatMap((cells) =>
      cells.flatMap((cell) => (cell.column === columns[from] && cell.isRemark ? [cell.text] : [])),
    );
    const needed = Math.max(columns[from]!.group.length, ...remarks.map((text) => text.length));
    const missing = needed - spannedWidth(widths, from, span);
    if (missing > 0) widths[from + span - 1]! += missing;
  }
  return widths;
}

function spannedWidth(widths: readonly number[], from: number, span: number): number {
  const spanned = widths.slice(from, from + span);
  return spanned.reduce((sum, width) => sum + width, 0) + gap.length * (span - 1);
}

/** Group titles, each over the columns it spans. */
function groupLine(columns: readonly ResultColumn[], widths: readonly number[]): string {
  const parts: string[] = [];
  for (let from = 0; from < columns.length; from += groupSpan(columns, from)) {
    const width = spannedWidth(widths, from, groupSpan(columns, from));
    parts.push(pad(columns[from]!.group, width, "right"));
  }
  return parts.join(gap).trimEnd();
}

function markdownText(
  rows: readonly (readonly Cell[])[],
  columns: readonly ResultColumn[],
): string {
  const titles = columns.map(({ group, title, fullTitle, align }) => {
    return { title: fullTitle ?? (group === "" ? title : `${group}, ${title}`), align };
  });
  const body = rows.map((cells) =>
    cells.flatMap(({ text, span }) => [text || noFigure, ...Array(span - 1).fill(noFigure)]),
  );
  return markdownTable(titles, body);
}

function pad(text: string, width: number, align: "left" | "right"): string {
  return align === "left" ? text.padEnd(width) : text.padStart(width);
}
