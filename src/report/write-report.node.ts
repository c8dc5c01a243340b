import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { nodesOfRole } from "../graph/node-facts.js";
import { counted, duration, listed, thousands } from "../numbers.js";
import { readRecordedCheckpoints } from "../papers/arslan-2021/checkpoints.node.js";
import { judgeClaims } from "../papers/arslan-2021/claims/index.js";
import { publishedCurves } from "../papers/arslan-2021/curves.node.js";
import { curvesBeside } from "../papers/arslan-2021/curves-beside.node.js";
import { claimsMarkup } from "../papers/arslan-2021/pages/claims-section.js";
import { studyFigures } from "../papers/arslan-2021/published.js";
import { studyRuns } from "../papers/arslan-2021/study-runs.js";
import { fileProblem, writeError } from "../runs/file-problem.js";
import { createFolder, type Run, readRun } from "../runs/run-folder.node.js";
import { writeAtomically } from "../runs/write-atomically.node.js";
import { accuracyFigure } from "./accuracy-figure.js";
import { attentionFigure } from "./attention-figure.js";
import { verdictCounts, verdictTable } from "./audit-sections.js";
import { epochTimeNotes } from "./epoch-times.js";
import {
  figureBlock,
  htmlPage,
  type PageSection,
  paragraph,
  type TableCell,
  tableBlock,
} from "./html-page.js";
import { lossFigure } from "./loss-figure.js";
import { escapeMarkup, type Figure, standaloneSvg } from "./markup.js";
import { networkFigures } from "./network-figure.js";
import { reproduceCommands } from "./reproduce-command.js";
import {
  notInStudy,
  type ResultColumn,
  type ResultRow,
  resultColumns,
  resultNotes,
  resultRows,
  resultsTable,
} from "./results-table.js";
import { firstOfEachModel, groupByData } from "./run-groups.js";
import { caveat, dataTitle, seedSpread, summary } from "./summary.js";
import { transformerFigure } from "./transformer-figure.js";

/** Where the parts of a report were written. */
export interface ReportFiles {
  readonly html: string;
  readonly table: string;
}

/**
 * Writes the report of runs: `report.html` (one file, nothing fetched), `table.md` and
 * `figures/*.svg`. Each file is replaced as a whole, so that a reader never sees half of one.
 * Figures of an older report in the same folder that this one does not have are removed.
 *
 * @param runDirectories Run folders, in the order in which the table lists them.
 * @param outputDirectory Created where it does not exist.
 * @throws InputError where a folder is not a run or the report cannot be written.
 * @example
 * const { html } = await writeReport(["runs/2026-11-23-142530-stn-seed0"], "report");
 */
export async function writeReport(
  runDirectories: readonly string[],
  outputDirectory: string,
): Promise<ReportFiles> {
  const report = composeReport(runDirectories.map(readRun));
  const figures = join(outputDirectory, "figures");
  createFolder(figures);
  const outdated = olderFigures(outputDirectory);
  for (const figure of report.figures) {
    writeAtomically(join(figures, `${figure.name}.svg`), standaloneSvg(figure));
  }
  for (const { name } of report.figures) outdated.delete(name);
  for (const name of outdated) removeFile(join(figures, `${name}.svg`));
  const files = {
    html: join(outputDirectory, reportPage),
    table: join(outputDirectory, "table.md"),
  };
  writeAtomically(files.table, report.table);
  writeAtomically(files.html, report.html);
  return files;
}

const reportPage = "report.html";
const figureName =
  /^(?:(?:loss|accuracy)(?:-[a-z0-9-]+-\d+)?|(?:network|transformer|attention)-[a-z0-9-]+)$/;

/**
 * Names of the figures that earlier reports left in a folder: none where its page is no report, so
 * that only what a report wrote is ever removed.
 */
function olderFigures(directory: string): Set<string> {
  const page = existingText(join(directory, reportPage));
  const listed = [...page.matchAll(/<figure id="([a-z0-9-]+)">/g)];
  if (!listed.some(([, name]) => figureName.test(name!))) return new Set();
  const names = readdirSync(join(directory, "figures"))
    .filter((file) => file.endsWith(".svg"))
    .map((file) => file.slice(0, -".svg".length));
  return new Set(names.filter((name) => figureName.test(name)));
}

/** Empty where there is no such file, or none that can be read. */
function existingText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (fileProblem(error) === undefined) throw error;
    return "";
  }
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw writeError(path, "a file that can be removed", error);
  }
}

/** A report before it is written. */
export interface Report {
  readonly html: string;
  /** Markdown. */
  readonly table: string;
  readonly figures: readonly Figure[];
}

/** The report of runs, as text. */
export function composeReport(runs: readonly Run[]): Report {
  const curves = curveFigures(runs);
  const networks = networkFigures(firstOfEachModel(runs).map(({ model }) => model));
  const transformers = viewFigures(runs, transformerFigure);
  const attentions = viewFigures(runs, attentionFigure);
  const html = htmlPage({
    title: reportTitle(runs),
    lead: leadMarkup(runs),
    sections: [
      { id: "results", title: "Results", content: resultsMarkup(runs) },
      { id: "curves", title: "Learning curves", content: curvesMarkup(curves) },
      ...claimSections(runs),
      { id: "networks", title: "Networks", content: figuresMarkup(networks) },
      ...viewSections(runs, transformers, attentions),
      ...auditSections(runs),
      { id: "configuration", title: "Configuration", content: configurationMarkup(runs) },
    ],
  });
  return {
    html,
    table: resultsTable(runs, { format: "markdown" }),
    figures: [...curves, ...networks, ...transformers, ...attentions],
  };
}

function reportTitle(runs: readonly Run[]): string {
  const models = firstOfEachModel(runs).map((run) => run.record.model);
  const data = groupByData(runs).map((group) => dataTitle(group.name));
  if (runs.length === 0) return "Training report";
  return `${listed(models)} on ${listed([...new Set(data)])}`;
}

function leadMarkup(runs: readonly Run[]): string {
  const warning = caveat(runs);
  const warningMarkup = warning === "" ? "" : `<p class="caveat">${escapeMarkup(warning)}</p>`;
  return `${paragraph(summary(runs))}\n${warningMarkup}`;
}

/** Loss and accuracy of each kind of data; the second kind's files bear its name. */
function curveFigures(runs: readonly Run[]): Figure[] {
  return groupByData(runs).flatMap((group, index) => {
    const published = curvesBeside(group.runs);
    return [lossFigure(group.runs, published), accuracyFigure(group.runs, published)]
      .filter((figure) => figure !== undefined)
      .map((figure) =>
        index === 0
          ? figure
          : {
              ...figure,
              name: `${figure.name}-${fileWord(group.name)}-${index + 1}`,
              title: `${figure.title}, ${dataTitle(group.name)}`,
            },
      );
  });
}

/** What the study states, where a run of one of its networks and its recipe can be judged by. */
function claimSections(runs: readonly Run[]): PageSection[] {
  const judged = studyRuns(runs);
  if (![...judged.keys()].some((model) => studyFigures(model))) return [];
  const claims = judgeClaims({
    runs: judged,
    curves: publishedCurves(),
    checkpoints: readRecordedCheckpoints().checkpoints,
  });
  return [
    {
      id: "claims",
      title: "Claims",
      content: claimsMarkup({ claims, results: commonFolder(runs) }),
    },
  ];
}

/** What `fovea claims --results` takes for these runs: the run, or the folder of `fovea reproduce` around all. */
function commonFolder(runs: readonly Run[]): string | undefined {
  const folders = [...new Set(runs.map(({ directory }) => directory))];
  if (folders.length === 1) return folders[0];
  const [parent, ...others] = new Set(folders.map((folder) => dirname(folder)));
  const isReproduction = others.length === 0 && existsSync(join(parent!, "reproduce.json"));
  return isReproduction ? parent : undefined;
}

/** A figure a model, from its first run that has what the figure shows. */
function viewFigures(runs: readonly Run[], figureOf: (run: Run) => Figure | undefined): Figure[] {
  return firstOfEachModel(runs, (run) => figureOf(run) !== undefined).map((run) => {
    const figure = figureOf(run)!;
    const { model, spec } = run.record;
    const several = runs.filter((other) => other.record.model === model).length > 1;
    return several ? { ...figure, title: `${figure.title}, seed ${spec.seed}` } : figure;
  });
}

function resultsMarkup(runs: readonly Run[]): string {
  if (runs.length === 0) return paragraph("No runs were given.", "empty");
  const groups = groupByData(runs);
  return groups
    .map((group) => {
      const rows = resultRows(group.runs);
      const heading = groups.length > 1 ? `<h3>${escapeMarkup(dataTitle(group.name))}</h3>\n` : "";
      const notes = [
        ...seedSpread(group.runs),
        ...resultNotes(rows),
        ...epochTimeNotes(group.runs),
      ];
      return [
        heading,
        resultsTableMarkup(rows, accuracyFirst(resultColumns(group.name))),
        ...notes.map((note) => paragraph(note, "note")),
      ].join("\n");
    })
    .join("\n");
}

/** What the runs are compared by stands beside their names, where a phone shows it. */
function accuracyFirst(columns: readonly ResultColumn[]): ResultColumn[] {
  const after = columns.filter(({ group, title }) => /^parameters/.test(group || title));
  const last = columns.at(-1)!;
  return [
    ...columns.filter((column) => column !== last && !after.includes(column)),
    ...after,
    last,
  ];
}

function resultsTableMarkup(rows: readonly ResultRow[], columns: readonly ResultColumn[]): string {
  const groupCells: TableCell[] = [];
  for (let index = 0; index < columns.length; ) {
    const { group } = columns[index]!;
    let span = 1;
    while (group !== "" && columns[index + span]?.group === group) span++;
    groupCells.push({ text: group, span, kind: "group" });
    index += span;
  }
  const titles = columns.map(({ title, align }): TableCell => ({ text: title, align }));
  const body = rows.map((row) =>
    columns
      .map((column, index): TableCell => {
        const text = column.text(row);
        if (text === notInStudy) return { text, span: 2, kind: "remark" };
        return { text, align: column.align, header: index === 0 };
      })
      .filter((cell) => cell.text !== ""),
  );
  return tableBlock([groupCells, titles, ...body], 2, "Results");
}

function curvesMarkup(figures: readonly Figure[]): string {
  if (figures.length === 0) {
    return paragraph("No epoch has ended yet, so there is nothing to draw.", "empty");
  }
  return figuresMarkup(figures);
}

function figuresMarkup(figures: readonly Figure[]): string {
  if (figures.length === 0) return paragraph("No runs were given.", "empty");
  return figures.map((figure) => figureBlock(figure, `${figure.title}.`)).join("\n");
}

/** Models whose networks transform or attend get a section; one without views says so. */
function viewSections(
  runs: readonly Run[],
  transformers: readonly Figure[],
  attentions: readonly Figure[],
): PageSection[] {
  const sections: PageSection[] = [];
  const kinds = [
    {
      id: "transformers",
      title: "Before and after the transformer",
      figures: transformers,
      role: "sampler",
      prefix: "transformer",
    },
    {
      id: "attention",
      title: "Attention",
      figures: attentions,
      role: "attention",
      prefix: "attention",
    },
  ] as const;
  for (const { id, title, figures, role, prefix } of kinds) {
    const models = firstOfEachModel(runs)
      .filter(({ model }) => nodesOfRole(model.graph, role).length > 0)
      .map((run) => run.record.model);
    if (models.length === 0) continue;
    const missing = models.filter(
      (model) => !figures.some((figure) => figure.name === `${prefix}-${model}`),
    );
    const content = figures.map((figure) => figureBlock(figure, `${figure.title}.`));
    if (missing.length > 0) {
      content.push(
        paragraph(
          `No test images were recorded for ${listed(missing)}: there is no views.json, which is written when training ends.`,
          "empty",
        ),
      );
    }
    sections.push({ id, title, content: content.join("\n") });
  }
  return sections;
}

/** The verdicts of runs that were audited; their figures are on the audits' own pages. */
function auditSections(runs: readonly Run[]): PageSection[] {
  const audited = runs.filter((run) => run.audit !== undefined);
  if (audited.length === 0) return [];
  const content = audited.map((run) => {
    const heading = `<h3>${escapeMarkup(basename(run.directory))}: ${verdictCounts(run.audit!)}</h3>`;
    return `${heading}\n${verdictTable(run.audit!)}`;
  });
  return [{ id: "audit", title: "Audit", content: content.join("\n") }];
}

function configurationMarkup(runs: readonly Run[]): string {
  if (runs.length === 0) return paragraph("No runs were given.", "empty");
  const commands = reproduceCommands(runs).map(escapeMarkup).join("\n");
  const details = runs.map(
    (run) =>
      `<details><summary>${escapeMarkup(basename(run.directory))}</summary>\n${runDetails(run)}\n</details>`,
  );
  return `<p>To repeat ${runs.length === 1 ? "this run" : "these runs"}:</p>\n<pre><code>${commands}</code></pre>
${paragraph("The result has the same bits for any number of threads, on every engine of the same build.", "note")}
${details.join("\n")}`;
}

function runDetails({ record, metrics }: Run): string {
  const { data, spec, machine, versions } = record;
  const { epochs, batchSize, learningRate } = spec.recipe;
  const seconds = metrics.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const values: [string, string][] = [
    ["model", `${record.model}, ${counted(record.parameters, "parameter")}`],
    ["seed", String(spec.seed)],
    ["epochs", `${metrics.length} of ${epochs}, ${record.state}`],
    ["batch size", String(batchSize)],
    ["learning rate", String(learningRate)],
    [
      "data",
      `${data.name}: ${thousands(data.trainCount)} training and ${thousands(data.testCount)} test images, ${data.channels}×${data.rows}×${data.columns}, ${data.classes} classes`,
    ],
    ["data from", data.source],
    ["data digest (SHA-256)", data.digest],
    ["normalisation", `(x / 255 − ${data.mean}) / ${data.std}`],
    [
      "engine",
      `${spec.engine.build}, ${counted(record.threads, "thread")}, ${counted(spec.engine.shards, "shard")} a batch`,
    ],
    [
      "machine",
      `${machine.processor}, ${counted(machine.cores, "core")}, ${machine.platform} ${machine.architecture}`,
    ],
    ["versions", `Fovea ${versions.fovea}, Node ${versions.node}, V8 ${versions.v8}`],
    ["started", record.started],
    ["time", duration(seconds)],
  ];
  const rows = values.map(([name, text]): TableCell[] => [{ text: name, header: true }, { text }]);
  return `<div class="details">${tableBlock(rows, 0, "Configuration of the run")}</div>`;
}

function fileWord(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
