import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { sha256 } from "../sha256.js";
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

/** The largest float32: what is computed is no larger where it is finite. */
const mostFloat32 = (2 - 2 ** -23) * 2 ** 127;

/** The first line of a `metrics.csv`. */
const metricsHeader = columns.join(",");

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

/** The text of a `metrics.csv` with these lines of epochs. */
export function metricsText(lines: readonly string[]): string {
  return [metricsHeader, ...lines, ""].join("\n");
}

/** SHA-256 of a `metrics.csv` with these lines of epochs, whatever its line breaks are. */
export function metricsDigest(lines: readonly string[]): string {
  return sha256(new TextEncoder().encode(metricsText(lines)));
}

/**
 * Reads the lines of epochs of a `metrics.csv`.
 *
 * @param lines of epoch 1, 2, …
 * @param validationTotal images of the validation set, which the file does not repeat
 * @param where the file, for messages
 * @throws InputError naming the line
 */
export function parseMetrics(
  lines: readonly string[],
  validationTotal: number,
  where: string,
): EpochMetrics[] {
  return lines.map((line, index) =>
    parseEpoch(line, index + 1, validationTotal, `${where}: line ${index + 2}`),
  );
}

/**
 * The lines of the epochs in the text of a `metrics.csv`. A last line without its line break is what a crash
 * left of an append: it does not count.
 *
 * @throws InputError where the first line is not the header
 */
export function completeLines(text: string, where: string): string[] {
  const [first, ...lines] = text.split(/\r?\n/);
  if (first !== metricsHeader) {
    throw new InputError(where, `the header ${metricsHeader}`, excerpt(first));
  }
  // What follows the last line break is either nothing or cut off.
  return lines.slice(0, -1);
}

/**
 * The lines of the first epochs in a `metrics.csv` that two processes wrote to: some stand twice, in another
 * order or in halves. Lines of one epoch must agree in all but times, as equal trainings do.
 *
 * @returns undefined where an epoch has no whole line, or two that differ
 */
export function repairedLines(
  text: string,
  epochs: number,
  validationTotal: number,
): string[] | undefined {
  const found = new Map<number, string>();
  for (const line of text.split(/\r?\n/)) {
    const epoch = Number(line.split(",")[0]);
    if (!isEpochLine(line, epoch, validationTotal)) continue;
    const known = found.get(epoch);
    if (known !== undefined && withoutTimes(known) !== withoutTimes(line)) return undefined;
    found.set(epoch, known ?? line);
  }
  const lines = Array.from({ length: epochs }, (_, index) => found.get(index + 1));
  return lines.every((line) => line !== undefined) ? lines : undefined;
}

/** Whether a line is whole: the accuracy, which stands twice in it, is that of its count. */
function isEpochLine(line: string, epoch: number, validationTotal: number): boolean {
  try {
    const { validationAccuracy } = parseEpoch(line, epoch, validationTotal, "");
    return line.split(",")[columns.indexOf("val_accuracy")] === String(validationAccuracy);
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

function withoutTimes(line: string): string {
  const times: readonly Column[] = ["seconds", "images_per_second"];
  return line
    .split(",")
    .filter((_, index) => !times.includes(columns[index]!))
    .join(",");
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
  if (value("epoch") !== epoch) {
    throw new InputError(where, `epoch ${epoch}`, excerpt(value("epoch")));
  }
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
    throw new InputError(where, `${column} to be a number`, excerpt(cell));
  }
  if (Number.isFinite(value) && Math.abs(value) > mostFloat32) {
    throw new InputError(where, `${column} to be in float32's range`, excerpt(value));
  }
  return value;
}
