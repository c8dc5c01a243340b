import { closeSync, existsSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { InputError } from "../errors.js";
import type { EpochMetrics } from "../train/metrics.js";
import { writeError } from "./file-problem.js";
import { readText } from "./read-file.node.js";
import { writeAtomically } from "./write-atomically.node.js";

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

const header = columns.join(",");

/** Creates a `metrics.csv` without epochs. */
export function createMetrics(path: string): void {
  writeAtomically(path, `${header}\n`);
}

/** Adds an epoch's line and flushes it to the disk. */
export function appendMetrics(path: string, metrics: EpochMetrics): void {
  try {
    const file = openSync(path, "a");
    try {
      writeFileSync(file, `${formatLine(metrics)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw writeError(path, "a file that can be written", error);
  }
}

/**
 * Reads a `metrics.csv`. A last line without its line break is what a crash left of an append: it
 * does not count. A file that is not there has no epochs.
 *
 * @param validationTotal images of the validation set, which the file does not repeat
 * @throws InputError naming the file and the line
 */
export function readMetrics(path: string, validationTotal: number): EpochMetrics[] {
  return wholeLines(path).map((line, index) =>
    parseLine(line, index + 1, validationTotal, `${path}: line ${index + 2}`),
  );
}

/** Removes the lines of the epochs after this one, and what a crash left of a line. */
export function trimMetrics(path: string, lastEpoch: number): void {
  const lines = [header, ...wholeLines(path).slice(0, lastEpoch)];
  writeAtomically(path, `${lines.join("\n")}\n`);
}

function wholeLines(path: string): string[] {
  if (!existsSync(path)) return [];
  const [first, ...lines] = readText(path, "a run's metrics").split(/\r?\n/);
  if (first !== header) throw new InputError(path, `the header ${header}`, JSON.stringify(first));
  // What follows the last line break is either nothing or torn.
  return lines.slice(0, -1);
}

function formatLine(metrics: EpochMetrics): string {
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

function parseLine(
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
