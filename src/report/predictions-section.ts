import type { Predictions } from "../inspect/predictions.js";
import { counted, percent, thousands } from "../numbers.js";
import type { Run } from "../runs/run-folder.node.js";
import { type ConfidenceBin, calibrationError, confidenceBins } from "../stats/calibration.js";
import { type ClassScore, type Confusion, classScoresOf, confusionOf } from "../stats/confusion.js";
import { calibrationFigure } from "./calibration-figure.js";
import { confusionFigure } from "./confusion-figure.js";
import { figureBlock, paragraph, type TableCell, tableBlock } from "./html-page.js";
import { escapeMarkup, type Figure } from "./markup.js";
import { mistakesFigure } from "./mistakes-figure.js";
import { firstOfEachModel } from "./run-groups.js";

/** What a run's predictions give for the report. */
export interface PredictionsPart {
  readonly figures: readonly Figure[];
  /** Markup. */
  readonly content: string;
}

/** A larger matrix is told as a list of its mistakes. */
const mostColumns = 30;
const mostMistakes = 50;

/** Confusions, classes, mistakes and calibration of the first run of each model that has predictions. */
export function predictionsParts(runs: readonly Run[]): PredictionsPart[] {
  const shown = firstOfEachModel(runs, ({ predictions }) => predictions !== undefined);
  return shown.map((run) => {
    const several = runs.length > 1;
    const { model, spec } = run.record;
    const part = predictionsPart(run, run.predictions!);
    const heading = several ? `<h3>${escapeMarkup(model)}, seed ${spec.seed}</h3>\n` : "";
    return { ...part, content: heading + part.content };
  });
}

function predictionsPart({ record, calibration }: Run, predictions: Predictions): PredictionsPart {
  const { model, data } = record;
  const { classNames } = data;
  const { classes, labels, predicted, confidences } = predictions;
  const confusion = confusionOf(classes, labels, predicted, confidences);
  const bins = confidenceBins(confidences, (image) => labels[image] === predicted[image]);
  const calibrated = calibration && {
    temperature: calibration.temperature,
    bins: calibration.test.after.bins,
  };
  const matrix = confusionFigure({ model, confusion, classNames });
  const mistakes = mistakesFigure(model, predictions, classNames);
  const isAnswered = bins.some(({ images }) => images > 0);
  const curve = isAnswered
    ? calibrationFigure({ model, bins, ...(calibrated && { calibrated }) })
    : undefined;
  const nameOf = (index: number) => classNames?.[index] ?? String(index);
  const content = [
    paragraph(`${accuracyText(predictions)} ${calibrationText(bins, calibrated)}`),
    figureBlock(matrix, `${matrix.title}.`),
    detailsBlock("The matrix in numbers", matrixTable(confusion, nameOf)),
    classTable(classScoresOf(confusion), nameOf),
    "<h3>Most confident mistakes</h3>",
    mistakes
      ? figureBlock(mistakes, `${mistakes.title}.`)
      : paragraph(isAnswered ? "No prediction is wrong." : "No image has a prediction."),
    ...(curve
      ? [
          "<h3>Calibration</h3>",
          figureBlock(curve, `${curve.title}.`),
          detailsBlock("The curve in numbers", binTable(bins, calibrated?.bins)),
        ]
      : []),
  ];
  const figures = [matrix, mistakes, curve].filter((figure) => figure !== undefined);
  return { figures, content: content.join("\n") };
}

function accuracyText({ labels, predicted, confidences }: Predictions): string {
  const correct = labels.filter(
    (label, image) => label === predicted[image] && !Number.isNaN(confidences[image]),
  ).length;
  return `The best weights classify ${thousands(correct)} of ${thousands(labels.length)} test images correctly (${percent(correct / labels.length)} %).`;
}

function calibrationText(
  bins: readonly ConfidenceBin[],
  calibrated: { readonly temperature: number; readonly bins: readonly ConfidenceBin[] } | undefined,
): string {
  const error = calibrationError(bins);
  if (Number.isNaN(error)) return "";
  const before = `Their expected calibration error is ${percent(error)} %`;
  if (!calibrated) return `${before}.`;
  const after = `${percent(calibrationError(calibrated.bins))} %`;
  return `${before}, and ${after} with the temperature ${calibrated.temperature.toFixed(2)}, which was fitted on the images held out.`;
}

function detailsBlock(summary: string, content: string): string {
  return `<details><summary>${escapeMarkup(summary)}</summary>\n${content}\n</details>`;
}

function classTable(scores: readonly ClassScore[], nameOf: (index: number) => string): string {
  const titles = ["class", "images", "precision", "recall", "F1", "most often taken for"];
  const head = titles.map((text, index): TableCell => {
    return { text, align: index === 0 || index === titles.length - 1 ? "left" : "right" };
  });
  const rows = scores.map(({ images, precision, recall, f1, confusedWith }, index): TableCell[] => [
    { text: nameOf(index), header: true },
    { text: thousands(images), align: "right" },
    ...[precision, recall, f1].map(
      (value): TableCell => ({
        text: shareText(value),
        align: "right",
      }),
    ),
    {
      text: confusedWith
        ? `${nameOf(confusedWith.index)} (${counted(confusedWith.images, "image")})`
        : "none",
    },
  ]);
  const table = tableBlock([head, ...rows], 1, "Precision and recall per class");
  return `<h3>Precision and recall per class</h3>\n${table}`;
}

function shareText(value: number): string {
  return Number.isNaN(value) ? "–" : `${percent(value, 1)} %`;
}

function matrixTable(confusion: Confusion, nameOf: (index: number) => string): string {
  const { classes, counts } = confusion;
  if (classes > mostColumns) return confusionList(confusion, nameOf);
  const indices = Array.from({ length: classes }, (_, index) => index);
  const head: TableCell[] = [
    { text: "class \\ taken for" },
    ...indices.map((index): TableCell => ({ text: nameOf(index), align: "right" })),
  ];
  const rows = indices.map((label): TableCell[] => [
    { text: nameOf(label), header: true },
    ...indices.map((predicted): TableCell => {
      const count = counts[label * classes + predicted]!;
      return { text: count === 0 ? "·" : thousands(count), align: "right" };
    }),
  ]);
  return tableBlock([head, ...rows], 1, "Confusion matrix, images");
}

/** The mistakes that come most often, as a list. */
function confusionList({ classes, counts }: Confusion, nameOf: (index: number) => string): string {
  const mistakes = Array.from(counts, (images, at) => ({
    images,
    label: Math.floor(at / classes),
    predicted: at % classes,
  })).filter(({ images, label, predicted }) => images > 0 && label !== predicted);
  mistakes.sort((a, b) => b.images - a.images);
  const head: TableCell[] = [
    { text: "class" },
    { text: "taken for" },
    { text: "images", align: "right" },
  ];
  const rows = mistakes
    .slice(0, mostMistakes)
    .map(({ images, label, predicted }): TableCell[] => [
      { text: nameOf(label), header: true },
      { text: nameOf(predicted) },
      { text: thousands(images), align: "right" },
    ]);
  return tableBlock([head, ...rows], 1, "Most frequent mistakes");
}

function binTable(
  bins: readonly ConfidenceBin[],
  after: readonly ConfidenceBin[] | undefined,
): string {
  const kinds = after ? ["as trained", "at the temperature"] : [""];
  const head: TableCell[] = [
    { text: "probability" },
    ...kinds.flatMap((kind) =>
      ["images", "mean probability", "right"].map(
        (text): TableCell => ({
          text: kind === "" ? text : `${text}, ${kind}`,
          align: "right",
        }),
      ),
    ),
  ];
  const rows = bins.map((bin, index): TableCell[] => [
    {
      text: `${percent(index / bins.length, 1)} to ${percent((index + 1) / bins.length, 1)} %`,
      header: true,
    },
    ...[bin, ...(after ? [after[index]!] : [])].flatMap(({ images, confidence, accuracy }) => [
      { text: thousands(images), align: "right" } as const,
      { text: images === 0 ? "–" : `${percent(confidence, 1)} %`, align: "right" } as const,
      { text: images === 0 ? "–" : `${percent(accuracy, 1)} %`, align: "right" } as const,
    ]),
  ]);
  return `<div class="wraps">${tableBlock([head, ...rows], 1, "Calibration")}</div>`;
}
