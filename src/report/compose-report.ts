import { nodesOfRole } from "../graph/node-facts.js";
import { catalogueMarks } from "../models/catalogue-marks.js";
import { listed } from "../numbers.js";
import type { Run } from "../runs/run-folder.node.js";
import { accuracyFigure } from "./accuracy-figure.js";
import { noAnnotations, type ReportAnnotations } from "./annotations.js";
import { attentionFigure } from "./attention-figure.js";
import { verdictCounts, verdictTable } from "./audit-sections.js";
import { configurationMarkup, folderName } from "./configuration-section.js";
import { figureBlock, htmlPage, type PageSection, paragraph } from "./html-page.js";
import { lossFigure } from "./loss-figure.js";
import { escapeMarkup, type Figure } from "./markup.js";
import { assignMarks, type ModelMarks } from "./model-marks.js";
import { networkFigures } from "./network-figure.js";
import { type PredictionsPart, predictionsParts } from "./predictions-section.js";
import { resultsMarkup } from "./results-section.js";
import { resultsTable } from "./results-table.js";
import { firstOfEachModel, groupByData } from "./run-groups.js";
import { caveat, dataTitle, faultsText, summary } from "./summary.js";
import { transformerFigure } from "./transformer-figure.js";

/** The content of a report. */
export interface Report {
  readonly html: string;
  /** Markdown. */
  readonly table: string;
  readonly figures: readonly Figure[];
}

/**
 * Composes the report of runs.
 *
 * @param annotations additions that do not come from the run folders; default none
 */
export function composeReport(
  runs: readonly Run[],
  annotations: ReportAnnotations = noAnnotations,
): Report {
  const marks = reportMarks(runs, annotations);
  const marked = (figures: readonly Figure[]) => figures.map((figure) => ({ ...figure, marks }));
  const curves = marked(curveFigures(runs, annotations, marks));
  const transformers = marked(viewFigures(runs, transformerFigure));
  const attentions = marked(viewFigures(runs, attentionFigure));
  const networks = marked(networkFigures(firstOfEachModel(runs).map(({ model }) => model)));
  const predictions = predictionsParts(runs);
  const html = htmlPage({
    title: reportTitle(runs),
    lead: leadMarkup(runs, annotations),
    marks,
    sections: [
      { id: "results", title: "Results", content: resultsMarkup(runs, annotations) },
      { id: "curves", title: "Learning curves", content: curvesMarkup(curves) },
      ...predictionSections(predictions),
      ...viewSections(runs, transformers, attentions),
      { id: "networks", title: "Networks", content: figuresMarkup(networks) },
      ...annotations.sections,
      ...auditSections(runs),
      {
        id: "configuration",
        title: "Configuration",
        content: configurationMarkup(runs, annotations.commands),
      },
    ],
  });
  return {
    html,
    table: resultsTable(runs, { format: "markdown", annotations }),
    figures: [
      ...curves,
      ...predictions.flatMap(({ figures }) => figures),
      ...transformers,
      ...attentions,
      ...networks,
    ],
  };
}

/** Marks of all models that a figure shows, those of published curves included. */
function reportMarks(runs: readonly Run[], annotations: ReportAnnotations): ModelMarks {
  const beside = groupByData(runs).flatMap((group) => annotations.beside(group.runs).curves.curves);
  const models = [...runs.map(({ record }) => record), ...beside].map(({ model }) => model);
  return assignMarks(models, catalogueMarks);
}

function reportTitle(runs: readonly Run[]): string {
  const models = firstOfEachModel(runs).map((run) => run.record.model);
  const data = groupByData(runs).map((group) => dataTitle(group.name));
  if (runs.length === 0) return "Training report";
  return `${listed(models)} on ${listed([...new Set(data)])}`;
}

function leadMarkup(runs: readonly Run[], annotations: ReportAnnotations): string {
  const caveats = groupByData(runs).flatMap((group) => annotations.beside(group.runs).caveats);
  const boxes = [
    { text: faultsText(runs), kind: "caveat fault" },
    { text: caveat(runs, caveats), kind: "caveat" },
  ].filter(({ text }) => text !== "");
  return [
    paragraph(summary(runs)),
    ...boxes.map(({ text, kind }) => `<p class="${kind}">${escapeMarkup(text)}</p>`),
  ].join("\n");
}

/** Figures of loss and accuracy, two per data set. From the second data set on, file names contain its name. */
function curveFigures(
  runs: readonly Run[],
  annotations: ReportAnnotations,
  marks: ModelMarks,
): Figure[] {
  return groupByData(runs).flatMap((group, index) => {
    const { curves } = annotations.beside(group.runs);
    return [lossFigure(group.runs, curves, marks), accuracyFigure(group.runs, curves, marks)]
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

/** One figure per model, from its first run that has the data of the figure. */
function viewFigures(runs: readonly Run[], figureOf: (run: Run) => Figure | undefined): Figure[] {
  return firstOfEachModel(runs, (run) => figureOf(run) !== undefined).map((run) => {
    const figure = figureOf(run)!;
    const { model, spec } = run.record;
    const several = runs.filter((other) => other.record.model === model).length > 1;
    return several ? { ...figure, title: `${figure.title}, seed ${spec.seed}` } : figure;
  });
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

/** What the models say of the test images, where their runs have it. */
function predictionSections(parts: readonly PredictionsPart[]): PageSection[] {
  if (parts.length === 0) return [];
  const content = parts.map((part) => part.content).join("\n");
  return [{ id: "predictions", title: "Predictions", content }];
}

/** Sections for models with a transformer or attention; a model without views is named. */
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
          `Nothing is shown of ${listed(missing)}: views.json, which is written when training ends, is missing, cannot be read, or holds no finite numbers.`,
          "empty",
        ),
      );
    }
    sections.push({ id, title, content: content.join("\n") });
  }
  return sections;
}

/** The verdicts of audited runs; the audits' figures are on pages of their own. */
function auditSections(runs: readonly Run[]): PageSection[] {
  const audited = runs.filter((run) => run.audit !== undefined);
  if (audited.length === 0) return [];
  const content = audited.map((run) => {
    const heading = `<h3>${escapeMarkup(folderName(run.directory))}: ${verdictCounts(run.audit!)}</h3>`;
    return `${heading}\n${verdictTable(run.audit!)}`;
  });
  return [{ id: "audit", title: "Audit", content: content.join("\n") }];
}

function fileWord(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
