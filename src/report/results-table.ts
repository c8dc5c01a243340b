import { percent, thousands } from "../numbers.js";
import { publishedBestWithin } from "../papers/arslan-2021/curves.node.js";
import { publishedData, studyFigures } from "../papers/arslan-2021/published.js";
import type { Run } from "../runs/run-folder.node.js";
import type { EpochMetrics } from "../train/metrics.js";
import { medianEpochSeconds } from "./epoch-times.js";
import { groupByData } from "./run-groups.js";
import { wrapped } from "./wrapped.js";

/** An accuracy (0..1) and the epoch it was measured after. */
export interface AccuracyAt {
  readonly accuracy: number;
  readonly epoch: number;
}

/** The figures of one run. */
export interface ResultRow {
  readonly model: string;
  readonly seed: number;
  /** Name of the data. */
  readonly data: string;
  readonly state: "running" | "stopped" | "done";
  /** Epochs that ran, and epochs that were asked for. */
  readonly epochs: number;
  readonly plannedEpochs: number;
  /** Trained values that the result depends on or that are at least reached by the graph. */
  readonly parameters: number;
  /** As the study's code counts them; undefined for a model or data outside the study. */
  readonly countedParameters?: number;
  /** The count the paper prints, where it is a misprint. */
  readonly misprintedAs?: number;
  /** Highest accuracy; the earliest epoch among equals. */
  readonly best?: AccuracyAt;
  /** Where the validation loss was lowest: the epoch that `best.safetensors` keeps. */
  readonly lowestLoss?: AccuracyAt & { readonly loss: number };
  readonly last?: AccuracyAt;
  /** The study's printed best accuracy over 300 epochs, 0..1. */
  readonly studyBest?: number;
  /** The published curve's best accuracy over as many epochs as this run has. */
  readonly publishedBest?: number;
  /** Of the median epoch. */
  readonly secondsPerEpoch?: number;
}

/** The figures of each run, in the order given. */
export function resultRows(runs: readonly Run[]): ResultRow[] {
  return runs.map(resultRow);
}

function resultRow({ record, metrics }: Run): ResultRow {
  const last = metrics.at(-1);
  const best = first(metrics, (epoch) => epoch.validationAccuracy);
  const lowest = first(metrics, (epoch) => -epoch.validationLoss);
  const comparable = record.data.name === publishedData;
  const study = comparable ? studyFigures(record.model) : undefined;
  return {
    model: record.model,
    seed: record.spec.seed,
    data: record.data.name,
    state: record.state,
    epochs: metrics.length,
    plannedEpochs: record.spec.recipe.epochs,
    parameters: record.parameters,
    countedParameters: study?.countedParameters,
    misprintedAs: study?.misprintedAs,
    best: best && accuracyAt(best),
    lowestLoss: lowest && { ...accuracyAt(lowest), loss: lowest.validationLoss },
    last: last && accuracyAt(last),
    studyBest: study?.bestAccuracy,
    publishedBest: comparable && last ? publishedBestWithin(record.model, last.epoch) : undefined,
    secondsPerEpoch: metrics.length > 0 ? medianEpochSeconds(metrics) : undefined,
  };
}

/** The first epoch with the highest finite score: a diverged epoch has no rank. */
function first(
  metrics: readonly EpochMetrics[],
  score: (epoch: EpochMetrics) => number,
): EpochMetrics | undefined {
  let winner: EpochMetrics | undefined;
  for (const epoch of metrics) {
    if (!Number.isFinite(score(epoch))) continue;
    if (!winner || score(epoch) > score(winner)) winner = epoch;
  }
  return winner;
}

function accuracyAt(epoch: EpochMetrics): AccuracyAt {
  return { accuracy: epoch.validationAccuracy, epoch: epoch.epoch };
}

/** One column of the results table. */
export interface ResultColumn {
  /** Spans the neighbours with the same group. */
  readonly group: string;
  readonly title: string;
  readonly align: "left" | "right";
  /** Takes the place of the columns after it that give an empty text, for a remark. */
  readonly text: (row: ResultRow) => string;
}

const none = "–";
/** What stands in the study's columns for a model that the study does not have. */
export const notInStudy = "not in the study";

const ownColumns: readonly ResultColumn[] = [
  { group: "", title: "model", align: "left", text: (row) => row.model },
  { group: "", title: "seed", align: "right", text: (row) => String(row.seed) },
];

const accuracyColumns: readonly ResultColumn[] = [
  { group: "accuracy, % @ epoch", title: "best", align: "right", text: (row) => at(row.best) },
  {
    group: "accuracy, % @ epoch",
    title: "lowest loss",
    align: "right",
    text: (row) => at(row.lowestLoss),
  },
  {
    group: "accuracy, % @ epoch",
    title: "last",
    align: "right",
    text: (row) => (row.last ? percent(row.last.accuracy) : none),
  },
];

const workingColumn: ResultColumn = {
  group: "parameters",
  title: "working",
  align: "right",
  text: (row) => thousands(row.parameters),
};

const countedColumn: ResultColumn = {
  group: "parameters",
  title: "counted",
  align: "right",
  text: (row) => (row.countedParameters === undefined ? none : thousands(row.countedParameters)),
};

const studyColumns: readonly ResultColumn[] = [
  {
    group: "study's best, %",
    title: "printed",
    align: "right",
    text: (row) => (row.studyBest === undefined ? notInStudy : percent(row.studyBest)),
  },
  {
    group: "study's best, %",
    title: "curve",
    align: "right",
    text: (row) => {
      if (row.studyBest === undefined) return "";
      return row.publishedBest === undefined ? none : percent(row.publishedBest);
    },
  },
];

const timeColumn: ResultColumn = {
  group: "",
  title: "s/epoch",
  align: "right",
  text: (row) => row.secondsPerEpoch?.toFixed(1) ?? none,
};

/** The columns for runs on this data: the study's only where its figures can be compared. */
export function resultColumns(data: string): ResultColumn[] {
  if (data !== publishedData) {
    const parameters = { ...workingColumn, group: "", title: "parameters" };
    return [...ownColumns, parameters, ...accuracyColumns, timeColumn];
  }
  return [
    ...ownColumns,
    workingColumn,
    countedColumn,
    ...accuracyColumns,
    ...studyColumns,
    timeColumn,
  ];
}

/** What a reader of the table must know, a sentence or two a line; only what these rows need. */
export function resultNotes(rows: readonly ResultRow[]): string[] {
  const notes: string[] = [];
  const data = rows[0]?.data;
  if (data === publishedData) {
    notes.push(
      "Study's best: printed is the best of its 300 epochs; curve is the best of its published " +
        "curve over as many epochs as the run has.",
    );
    const misprint = rows.find((row) => row.misprintedAs !== undefined);
    if (misprint) {
      notes.push(
        `Counted is what the study's code counts. For ${misprint.model} that includes 7,690 ` +
          `values that are never used; the paper's ${thousands(misprint.misprintedAs!)} is a ` +
          `misprint of ${thousands(misprint.countedParameters!)}.`,
      );
    }
    if (rows.some((row) => row.model.startsWith("mha"))) {
      notes.push(
        "The study describes mha, attention over the places of one image; its code trained " +
          "mha-batch, attention over the images of a batch. Both stand beside its one figure.",
      );
    }
  } else if (data !== undefined) {
    notes.push(`The study's figures are for MNIST and are not comparable with runs on ${data}.`);
  }
  for (const row of rows) {
    if (row.epochs >= row.plannedEpochs) continue;
    notes.push(
      `${row.model}, seed ${row.seed}: ${row.epochs} of ${row.plannedEpochs} epochs ran ` +
        `(${row.state === "running" ? "still running" : "stopped"}).`,
    );
  }
  return notes;
}

export interface ResultsTableOptions {
  /** `plain` is aligned for terminals of 100 columns, `markdown` for a file. */
  readonly format: "plain" | "markdown";
  /** Columns of the terminal: notes of a plain table are broken there, at 98 at most. */
  readonly width?: number | undefined;
  /** Whether it has the seconds of an epoch. Default true. */
  readonly times?: boolean;
}

/**
 * The results of runs as text: a table for each kind of data among them, with notes beneath.
 *
 * @example
 * console.log(resultsTable(runs, { format: "plain" }));
 */
export function resultsTable(runs: readonly Run[], options: ResultsTableOptions): string {
  if (runs.length === 0) return "No runs.\n";
  const noteWidth = Math.min(widestNote, Math.max(1, options.width ?? widestNote));
  const groups = groupByData(runs);
  const parts = groups.map((group) => {
    const rows = resultRows(group.runs);
    const columns = resultColumns(group.name).filter(
      (column) => column !== timeColumn || options.times !== false,
    );
    const heading = groups.length > 1 ? [`Data: ${group.name}`, ""] : [];
    const notes = resultNotes(rows);
    const lines =
      options.format === "markdown"
        ? [...markdownLines(rows, columns), "", ...notes.flatMap((note) => [note, ""])]
        : [...plainLines(rows, columns), "", ...notes.flatMap((note) => wrapped(note, noteWidth))];
    return `${[...heading, ...lines].join("\n").trimEnd()}\n`;
  });
  return parts.join("\n");
}

const gap = "  ";
const widestNote = 98;

function plainLines(rows: readonly ResultRow[], columns: readonly ResultColumn[]): string[] {
  const cells = rows.map((row) => columns.map((column) => column.text(row)));
  const widths = columns.map((column, index) =>
    Math.max(
      column.title.length,
      // A remark spreads over its group and must not widen its own column.
      ...cells.map((line) => (line[index] === notInStudy ? 0 : line[index]!.length)),
    ),
  );
  // The remark may take two columns; what it needs beyond them is given to the second.
  const remark = columns.findIndex((_, index) => cells.some((line) => line[index] === notInStudy));
  if (remark >= 0) {
    const room = notInStudy.length - widths[remark]! - gap.length;
    widths[remark + 1] = Math.max(widths[remark + 1]!, room);
  }
  const titles = columns.map((column, index) => pad(column.title, widths[index]!, column.align));
  const rule = widths.map((width) => "─".repeat(width)).join(gap);
  const body = cells.map((line) =>
    line
      .map((text, index) => {
        const column = columns[index]!;
        if (text === "" && line[index - 1] === notInStudy) return undefined;
        const width =
          text === notInStudy ? widths[index]! + gap.length + widths[index + 1]! : widths[index]!;
        return pad(text, width, column.align);
      })
      .filter((text) => text !== undefined)
      .join(gap)
      .trimEnd(),
  );
  return [groupLine(columns, widths), titles.join(gap).trimEnd(), rule, ...body];
}

/** Group titles, each over the columns it spans. */
function groupLine(columns: readonly ResultColumn[], widths: readonly number[]): string {
  const parts: string[] = [];
  for (let index = 0; index < columns.length; ) {
    let end = index + 1;
    const { group } = columns[index]!;
    while (group !== "" && columns[end]?.group === group) end++;
    const width = widths.slice(index, end).reduce((sum, each) => sum + each + gap.length, -2);
    parts.push(group === "" ? " ".repeat(width) : pad(group, width, "right"));
    index = end;
  }
  return parts.join(gap).trimEnd();
}

function markdownLines(rows: readonly ResultRow[], columns: readonly ResultColumn[]): string[] {
  const titles = columns.map(columnTitle);
  const rules = columns.map((column) => (column.align === "right" ? "---:" : "---"));
  const body = rows.map((row) =>
    columns.map((column) => (column.text(row) || none).replaceAll("|", "\\|")),
  );
  return [titles, rules, ...body].map((line) => `| ${line.join(" | ")} |`);
}

/** A column's title with its group, for tables that have one heading line. */
export function columnTitle(column: ResultColumn): string {
  switch (column.group) {
    case "":
      return column.title;
    case "parameters":
      return `parameters, ${column.title}`;
    case "accuracy, % @ epoch":
      return column.title === "last" ? "last, %" : `${column.title}, % @ epoch`;
    default:
      return `study, ${column.title}, %`;
  }
}

function at(point: AccuracyAt | undefined): string {
  return point ? `${percent(point.accuracy)} @ ${point.epoch}` : none;
}

function pad(text: string, width: number, align: "left" | "right"): string {
  return align === "left" ? text.padEnd(width) : text.padStart(width);
}
