import { InputError } from "../errors.js";
import type { EpochMetrics } from "../train/metrics.js";

const columns = [
  "epoch",
  "train_loss",
  "val_loss",
  "val_correct",
  "val_accuracy",
  "seconds",
  "images_per_second",
  "learning_rate",
] as const;

type Column = (typeof columns)[number];

/** The first line of a `metrics.csv`. */
export const metricsHeader = columns.join(",");

/** An epoch's line of a `metrics.csv`, without its line break. */
export function formatEpoch(metrics: EpochMetrics): string {
  return [
    metrics.epoch,
    metrics.trainLoss,
    metrics.validationLoss,
    metrics.validationCorrect,
    metrics.validationAccuracy,
    metrics.seconds.toFixed(3),
    metrics.imagesPerSecond.toFixed(1),
    metrics.learningRate,
  ].join(",");
}

/**
 * Reads the text of a `metrics.csv`. A last line without its line break is what a crash left of an append: it
 * does not count.
 *
 * @param validationTotal images of the validation set, which the file does not repeat
 * @param where the file, for messages
 * @throws InputError naming the line
 */
export function parseMetrics(text: string, validationTotal: number, where: string): EpochMetrics[] {
  return completeLines(text, where).map((line, index) =>
    parseEpoch(line, index + 1, validationTotal, `${where}: line ${index + 2}`),
  );
}

/** The lines of the epochs, without one that was cut off. */
export function completeLines(text: string, where: string): string[] {
  const [first, ...lines] = text.split(/\r?\n/);
  if (first !== metricsHeader) {
    throw new InputError(where, `the header ${metricsHeader}`, JSON.stringify(first));
  }
  // What follows the last line break is either nothing or cut off.
  return lines.slice(0, -1);
}

function parseEpoch(
  line: string,
  epoch: number,
  validationTotal: number,
  where: string,
): EpochMetrics {
  const cells = line.split(",");
  if (cells.length !== columns.length) {
    throw new InputError(where, `${columns.length} values`, `${cells.length}`);
  }
  const value = (column: Column) => parseCell(cells[columns.indexOf(column)]!, column, where);
  const correct = value("val_correct");
  if (value("epoch") !== epoch) throw new InputError(where, `epoch ${epoch}`, cells[0]!);
  if (!Number.isInteger(correct) || correct < 0 || correct > validationTotal) {
    throw new InputError(where, `val_correct to be 0..${validationTotal}`, `${correct}`);
  }
  return {
    epoch,
    trainLoss: value("train_loss"),
    validationLoss: value("val_loss"),
    validationCorrect: correct,
    validationTotal,
    validationAccuracy: correct / validationTotal,
    seconds: value("seconds"),
    imagesPerSecond: value("images_per_second"),
    learningRate: value("learning_rate"),
  };
}

/** A number as JavaScript prints it; a training that diverged has losses of NaN and Infinity. */
function parseCell(cell: string, column: Column, where: string): number {
  const value = Number(cell);
  if (cell.trim() === "" || (Number.isNaN(value) && cell !== "NaN")) {
    throw new InputError(where, `${column} to be a number`, JSON.stringify(cell));
  }
  return value;
}
